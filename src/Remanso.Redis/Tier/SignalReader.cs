using System.Buffers.Text;
using System.Text;

namespace Remanso.Redis.Tier;

/// <summary>Reads a signal, <see cref="TierSignals"/>.</summary>
internal ref struct SignalReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>What the message is; 0 for an empty one.</summary>
    public char ReadKind()
    {
        if (_rest.IsEmpty) return '\0';

        var kind = (char)_rest[0];
        _rest = _rest[1..];
        return kind;
    }

    public long ReadVersion()
    {
        if (!Utf8Parser.TryParse(_rest, out long number, out var length) || length == _rest.Length)
        {
            throw new InvalidDataException("A signal of the tier has no number where one was expected.");
        }

        _rest = _rest[(length + 1)..];
        return number;
    }

    /// <summary>A key behind its length.</summary>
    public string ReadKey()
    {
        var length = (int)ReadVersion();
        var key = Encoding.UTF8.GetString(_rest[..length]);
        _rest = _rest[length..];
        return key;
    }

    public string ReadRest()
    {
        var text = Encoding.UTF8.GetString(_rest);
        _rest = default;
        return text;
    }
}
