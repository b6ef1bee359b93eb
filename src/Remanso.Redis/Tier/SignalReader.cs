using System.Buffers.Binary;
using System.Text;

namespace Remanso.Redis.Tier;

/// <summary>Reads a signal, <see cref="TierSignals"/>.</summary>
internal ref struct SignalReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>What the message is; 0 for an empty one.</summary>
    public char ReadKind() => _rest.IsEmpty ? '\0' : (char)Take(1)[0];

    public long ReadVersion() => (long)BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>A key behind its length.</summary>
    public string ReadKey() => Encoding.UTF8.GetString(Take(BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)))));

    public string ReadRest() => Encoding.UTF8.GetString(Take(_rest.Length));

    private ReadOnlySpan<byte> Take(int length)
    {
        if ((uint)length > (uint)_rest.Length)
        {
            throw new InvalidDataException("A signal of the tier ends too early.");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
