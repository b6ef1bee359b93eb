using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Remanso.Redis.Tier;

/// <summary>Makes the signals that a settlement publishes, <see cref="TierSignals"/>: the script passes them on as they are.</summary>
/// <param name="settlements">How many settlements it is likely to tell of.</param>
internal sealed class SignalWriter(int settlements = 1)
{
    private const int UsualLength = 32;

    private readonly ArrayBufferWriter<byte> _buffer = new(Math.Max(1, settlements) * UsualLength);

    public bool IsEmpty => _buffer.WrittenCount == 0;

    public ReadOnlyMemory<byte> Message => _buffer.WrittenMemory;

    /// <summary>The store's row took a key's place.</summary>
    public static ReadOnlyMemory<byte> Changed(long version, string key, bool isRemoved)
    {
        var signal = new SignalWriter();
        signal.Kind(isRemoved ? 'r' : 'c');
        signal.Version(version);
        signal.Text(key);
        return signal.Message;
    }

    /// <summary>The store refused a key.</summary>
    public static ReadOnlyMemory<byte> DeadLettered(long version, string key, string error)
    {
        var signal = new SignalWriter();
        signal.Kind('d');
        signal.Version(version);
        signal.Key(key);
        signal.Text(error);
        return signal.Message;
    }

    /// <summary>The store has a version; one message for many.</summary>
    public void Stored(long version, string key)
    {
        if (IsEmpty)
        {
            Kind('s');
        }

        Version(version);
        Key(key);
    }

    /// <summary>The store has a higher version; in the message of those that it has.</summary>
    public void Superseded(long version, long winner, string key)
    {
        Stored(-version, key);
        Version(winner);
    }

    private void Kind(char kind) => _buffer.Write([(byte)kind]);

    private void Version(long version)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(sizeof(double)), version);
        _buffer.Advance(sizeof(double));
    }

    private void Key(string key)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(sizeof(int)), Encoding.UTF8.GetByteCount(key));
        _buffer.Advance(sizeof(int));
        Text(key);
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, _buffer);
}
