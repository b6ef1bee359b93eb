using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;

namespace Remanso.Redis.Resp.Protocol;

/// <summary>
/// Reads the values of one complete reply, in place. <see cref="RespScanner"/> has validated the frame, so what can go
/// wrong here is only a reply of another shape than the caller expects: that throws
/// <see cref="InvalidDataException"/>, fails this one command, and leaves the connection in step. An error inside an
/// aggregate throws <see cref="RedisServerException"/> where it is read. Attributes are skipped.
/// </summary>
internal ref struct RespReader(ReadOnlySpan<byte> frame)
{
    private readonly ReadOnlySpan<byte> _frame = frame;
    private int _position = 0;

    /// <summary>The next value's type; <see cref="RespType.None"/> at the end.</summary>
    public RespType Type
    {
        get
        {
            while (_position < _frame.Length && _frame[_position] == (byte)RespType.Attribute)
            {
                SkipAttribute();
            }
            return _position < _frame.Length ? (RespType)_frame[_position] : RespType.None;
        }
    }

    /// <summary>Consumes the next value if it is a null of any of the three kinds.</summary>
    public bool TryReadNull()
    {
        var type = Type;
        if (type == RespType.Null || (type is RespType.BulkString or RespType.Array && _frame[_position + 1] == (byte)'-'))
        {
            Line();
            return true;
        }
        return false;
    }

    /// <summary>An integer, also where the server wrote it as a string (a script's return value, a hash
    /// field).</summary>
    public long ReadInt64()
    {
        var type = Type;
        var text = type switch
        {
            RespType.Integer => Line(),
            RespType.Boolean => Line() is [(byte)'t'] ? "1"u8 : "0"u8,
            _ => ReadBytes(),
        };
        return Utf8Parser.TryParse(text, out long value, out var used) && used == text.Length
            ? value
            : throw new InvalidDataException($"Redis answered {type} that is not an integer.");
    }

    /// <summary>The port of a server; 0 where it has none of the kind.</summary>
    public int ReadPort() =>
        ReadInt64() is >= 0 and <= IPEndPoint.MaxPort and var port
            ? (int)port
            : throw new InvalidDataException("Redis answered a port that there can't be.");

    /// <summary>A string of any kind, as bytes that are valid only inside the parser. A null is not a string.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var type = Type;
        if (type == RespType.BulkString && _frame[_position + 1] != (byte)'-')
        {
            return Bulk();
        }
        return type switch
        {
            RespType.SimpleString or RespType.Integer or RespType.Double or RespType.BigNumber => Line(),
            RespType.Verbatim => Bulk()[4..],
            _ => throw Unexpected("a string", type),
        };
    }

    /// <summary>A string, copied; null for a null.</summary>
    public byte[]? ReadByteArray() => TryReadNull() ? null : ReadBytes().ToArray();

    /// <summary>A string decoded as UTF-8; null for a null.</summary>
    public string? ReadString() => TryReadNull() ? null : Encoding.UTF8.GetString(ReadBytes());

    public double ReadDouble()
    {
        var text = ReadBytes();
        if (text.SequenceEqual("inf"u8) || text.SequenceEqual("-inf"u8))
        {
            return text[0] == (byte)'-' ? double.NegativeInfinity : double.PositiveInfinity;
        }
        return text.SequenceEqual("nan"u8) ? double.NaN
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : throw new InvalidDataException("Redis answered something that is not a number.");
    }

    /// <summary>A boolean; also an integer, 1 being true (RESP2, scripts).</summary>
    public bool ReadBoolean() => Type == RespType.Boolean ? Line() is [(byte)'t'] : ReadInt64() == 1;

    /// <summary>The number of elements of an array, set or push, or of a map's keys and values together.
    /// −1 for a null.</summary>
    public int ReadArrayHeader()
    {
        if (TryReadNull())
        {
            return -1;
        }
        var type = Type;
        return type switch
        {
            RespType.Array or RespType.Set or RespType.Push => Count(),
            RespType.Map => Count() * 2,
            _ => throw Unexpected("an array", type),
        };
    }

    /// <summary>The number of pairs of a map, which RESP2 writes as an array. −1 for a null.</summary>
    public int ReadMapHeader()
    {
        var count = ReadArrayHeader();
        return count < 0 || count % 2 == 0 ? count / 2 : throw new InvalidDataException("Redis answered half a pair.");
    }

    /// <summary>Consumes the next value with all that it holds.</summary>
    public void Skip()
    {
        for (long left = 1; left > 0; left--)
        {
            if (TryReadNull())
            {
                continue;
            }
            switch (Type)
            {
                case RespType.BulkString or RespType.BulkError or RespType.Verbatim:
                    Bulk();
                    break;
                case RespType.Array or RespType.Set or RespType.Push:
                    left += Count();
                    break;
                case RespType.Map:
                    left += Count() * 2L;
                    break;
                case RespType.None:
                    throw new InvalidDataException("Redis answered fewer values than expected.");
                default:
                    Line();
                    break;
            }
        }
    }

    /// <summary>Whether the next value is an error of either kind.</summary>
    public bool IsError => Type is RespType.Error or RespType.BulkError;

    public RedisServerException ReadError()
    {
        var message = Encoding.UTF8.GetString(Type == RespType.BulkError ? Bulk() : Line());
        // Behind it an unknown command's arguments are repeated, a password among them.
        var arguments = message.IndexOf(", with args beginning with", StringComparison.OrdinalIgnoreCase);
        return new(arguments < 0 ? message : message[..arguments]);
    }

    private void SkipAttribute()
    {
        for (var left = Count() * 2L; left > 0; left--)
        {
            Skip();
        }
    }

    private int Count() => Utf8Parser.TryParse(Line(), out int count, out _) ? count : throw new InvalidDataException("No count.");

    private ReadOnlySpan<byte> Bulk()
    {
        var length = Count();
        var start = _position;
        _position = start + length + 2;
        return _frame.Slice(start, length);
    }

    private ReadOnlySpan<byte> Line()
    {
        var rest = _frame[(_position + 1)..];
        var end = rest.IndexOf((byte)'\r');
        _position += end + 3;
        return rest[..end];
    }

    private Exception Unexpected(string wanted, RespType type) =>
        IsError ? ReadError() : new InvalidDataException($"Redis answered {type} where {wanted} was expected.");
}
