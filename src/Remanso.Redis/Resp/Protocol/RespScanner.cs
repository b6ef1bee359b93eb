using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Remanso.Redis.Resp.Protocol;

/// <summary>
/// Finds where a reply ends, over a buffer that grows from the left: it remembers how far it came, so that a reply that
/// arrives in a thousand pieces is walked once. It validates everything that <see cref="RespReader"/> relies on (types,
/// lengths, terminators, depth) and allocates nothing, whatever the peer announces.
/// </summary>
internal struct RespScanner(RespLimits limits)
{
    // Elements still to come, per open aggregate. Attributes are marked in a bit set: unlike any other value, a
    // finished attribute does not count as an element of its parent, it only decorates the value that follows it.
    private Levels _remaining;
    private uint _attributes;
    private int _depth;
    private int _position;

    /// <summary>The length of the reply at the start of <paramref name="data"/>, or 0 when it is not all there yet:
    /// then call again with the same bytes and more.</summary>
    /// <exception cref="RespProtocolException">The bytes are not RESP, or exceed the limits.</exception>
    public int Scan(ReadOnlySpan<byte> data)
    {
        while (_position < data.Length)
        {
            var goesOn = Element(data, out var next);
            if (next == 0)
            {
                break;
            }
            _position = next;
            if (!goesOn && Close())
            {
                var length = _position;
                _position = 0;
                return length > limits.MaxReplyBytes ? throw TooLong() : length;
            }
        }
        return data.Length > limits.MaxReplyBytes ? throw TooLong() : 0;
    }

    /// <summary>Walks one scalar or one aggregate's header. True when more values belong to it: elements, or after an
    /// attribute the value that it decorates. <paramref name="next"/> is 0 when bytes are missing.</summary>
    private bool Element(ReadOnlySpan<byte> data, out int next)
    {
        var type = (RespType)data[_position];
        var body = data[(_position + 1)..];
        switch (type)
        {
            case RespType.SimpleString or RespType.Error or RespType.Integer or RespType.Double or RespType.BigNumber:
                next = LineEnd(body, out _);
                return false;
            case RespType.Null:
                next = LineEnd(body, out var empty);
                return next == 0 || empty.IsEmpty ? false : throw Malformed("a null with content");
            case RespType.Boolean:
                next = LineEnd(body, out var flag);
                return next == 0 || (flag.Length == 1 && flag[0] is (byte)'t' or (byte)'f')
                    ? false
                    : throw Malformed("a boolean that is neither t nor f");
            case RespType.BulkString or RespType.BulkError or RespType.Verbatim:
                next = BulkEnd(body, type);
                return false;
            case RespType.Array or RespType.Map or RespType.Set or RespType.Attribute or RespType.Push:
                return Open(body, type, out next);
            default:
                throw Malformed($"a value of unknown type 0x{(byte)type:x2}");
        }
    }

    private int BulkEnd(ReadOnlySpan<byte> body, RespType type)
    {
        var start = LineEnd(body, out var digits);
        if (start == 0)
        {
            return 0;
        }
        var length = Length(digits, nullable: type == RespType.BulkString);
        if (length > limits.MaxReplyBytes)
        {
            throw TooLong();
        }
        if (length < 0)
        {
            return start;
        }
        // A verbatim string starts with three letters of format and a colon.
        if (type == RespType.Verbatim && length < 4)
        {
            throw Malformed("a verbatim string without its format");
        }
        var tail = body[(start - _position - 1)..];
        if (tail.Length < length + 2)
        {
            return 0;
        }
        return tail[(int)length] == '\r' && tail[(int)length + 1] == '\n'
            ? start + (int)length + 2
            : throw Malformed("a bulk string longer than announced");
    }

    private bool Open(ReadOnlySpan<byte> body, RespType type, out int next)
    {
        next = LineEnd(body, out var digits);
        if (next == 0)
        {
            return false;
        }
        var count = Length(digits, nullable: type == RespType.Array);
        if (type is RespType.Map or RespType.Attribute)
        {
            count *= 2;
        }
        if (type == RespType.Push && (_depth > 0 || count == 0))
        {
            throw Malformed("a push message that is nested or empty");
        }
        if (count > limits.MaxElements)
        {
            throw new RespProtocolException($"A reply announces {count} elements; the limit is {limits.MaxElements}.");
        }
        if (count <= 0)
        {
            return type == RespType.Attribute;
        }
        if (_depth == RespLimits.MaxDepth)
        {
            throw new RespProtocolException($"A reply is nested deeper than {RespLimits.MaxDepth} levels.");
        }
        var bit = 1u << _depth;
        _attributes = type == RespType.Attribute ? _attributes | bit : _attributes & ~bit;
        _remaining[_depth++] = count;
        return true;
    }

    /// <summary>Counts a finished value. True when it was the outermost one.</summary>
    private bool Close()
    {
        while (_depth > 0)
        {
            if (--_remaining[_depth - 1] > 0)
            {
                return false;
            }
            _depth--;
            if ((_attributes & (1u << _depth)) != 0)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The position after the line's terminator, or 0 when it is not there yet.</summary>
    private readonly int LineEnd(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> line)
    {
        var end = body.IndexOf((byte)'\r');
        if ((end < 0 ? body.Length : end) > RespLimits.MaxLineBytes)
        {
            throw new RespProtocolException($"A line is longer than {RespLimits.MaxLineBytes} bytes.");
        }
        if (end < 0 || end + 1 == body.Length)
        {
            line = default;
            return 0;
        }
        if (body[end + 1] != '\n')
        {
            throw Malformed("a carriage return without its line feed");
        }
        line = body[..end];
        return _position + 1 + end + 2;
    }

    private static long Length(ReadOnlySpan<byte> digits, bool nullable)
    {
        if (digits.Length == 1 && digits[0] == '?')
        {
            throw new RespProtocolException("A reply is streamed; such replies are not supported.");
        }
        if (
            !Utf8Parser.TryParse(digits, out long length, out var used)
            || used != digits.Length
            || length < (nullable ? -1 : 0)
            || length > int.MaxValue
        )
        {
            throw Malformed("a length that is not a number in range");
        }
        return length;
    }

    private readonly RespProtocolException TooLong() => new($"A reply is longer than {limits.MaxReplyBytes} bytes.");

    private static RespProtocolException Malformed(string what) => new($"The server sent {what}.");

    [InlineArray(RespLimits.MaxDepth)]
    private struct Levels
    {
        private long _first;
    }
}
