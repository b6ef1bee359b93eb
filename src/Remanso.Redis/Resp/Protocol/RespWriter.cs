using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Remanso.Redis.Resp.Protocol;

/// <summary>The outgoing bytes of one connection: commands are encoded one behind the other into one pooled buffer,
/// which leaves in one write.</summary>
/// <param name="largest">The bytes that may be encoded for it.</param>
internal sealed class RespWriter(int largest)
{
    /// <summary>Enough for a batch of small commands. A larger buffer is given back after the write it was
    /// for.</summary>
    public const int UsualCapacity = 64 * 1024;

    // "$" or "*", up to 20 characters of number, CR LF; and CR LF behind the argument.
    private const int ArgumentOverhead = 25;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(UsualCapacity);
    private int _count;

    public int Count => _count;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _count);

    public void Write(ReadOnlySpan<RespArg> command)
    {
        Reserve(ArgumentOverhead);
        WriteHeader((byte)'*', command.Length);
        Span<byte> digits = stackalloc byte[20];
        foreach (ref readonly var argument in command)
        {
            if (argument.Text is { } text)
            {
                WriteText(text);
            }
            else if (argument.IsInteger)
            {
                Utf8Formatter.TryFormat(argument.Integer, digits, out var length);
                WriteBytes(digits[..length]);
            }
            else
            {
                WriteBytes(argument.Bytes);
            }
        }
    }

    /// <summary>Forgets what was written, after it was sent.</summary>
    public void Clear()
    {
        _count = 0;
        if (_buffer.Length > 4 * UsualCapacity)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(UsualCapacity);
        }
    }

    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _count = 0;
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        Reserve(ArgumentOverhead + (long)bytes.Length);
        WriteHeader((byte)'$', bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_count));
        _count += bytes.Length;
        WriteLineEnd();
    }

    private void WriteText(string text)
    {
        // Nearly all text is ASCII, whose length in bytes is known before it is encoded.
        Reserve(ArgumentOverhead + (long)text.Length);
        var start = _count;
        WriteHeader((byte)'$', text.Length);
        if (Ascii.FromUtf16(text, _buffer.AsSpan(_count), out var written) == OperationStatus.Done)
        {
            _count += written;
            WriteLineEnd();
            return;
        }
        _count = start;
        var length = Encoding.UTF8.GetByteCount(text);
        Reserve(ArgumentOverhead + (long)length);
        WriteHeader((byte)'$', length);
        _count += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_count));
        WriteLineEnd();
    }

    private void WriteHeader(byte type, int number)
    {
        var target = _buffer.AsSpan(_count);
        target[0] = type;
        int digits;
        if (number < 10)
        {
            target[1] = (byte)('0' + number);
            digits = 1;
        }
        else
        {
            Utf8Formatter.TryFormat(number, target[1..], out digits);
        }
        target[digits + 1] = (byte)'\r';
        target[digits + 2] = (byte)'\n';
        _count += digits + 3;
    }

    private void WriteLineEnd()
    {
        _buffer[_count] = (byte)'\r';
        _buffer[_count + 1] = (byte)'\n';
        _count += 2;
    }

    private void Reserve(long bytes)
    {
        if (_buffer.Length - _count >= bytes)
        {
            return;
        }
        var needed = _count + bytes;
        if (needed > largest)
        {
            throw new InvalidOperationException($"A command is too long: more than {largest} bytes can't be sent at once.");
        }
        var twice = 2 * Math.Min(_buffer.Length, 1 << 29);
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max((int)needed, twice));
        _buffer.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
