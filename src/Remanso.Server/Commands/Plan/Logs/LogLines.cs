namespace Remanso.Server.Commands.Plan.Logs;

/// <summary>Cuts a stream into lines of bytes, and counts them.</summary>
internal sealed class LogLines(Stream stream) : IDisposable
{
    /// <summary>The longest line; of a longer one only the beginning is given.</summary>
    public const int MostBytes = 64 << 10;

    private readonly byte[] _buffer = new byte[MostBytes * 4];
    private int _start;
    private int _end;
    private bool _isEnded;

    /// <summary>The number of the line that was given last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Whether that one is longer than <see cref="MostBytes"/>.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Reads on, where <see cref="TryTake"/> gave nothing.</summary>
    /// <returns>Whether there may be another line.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (_isEnded)
        {
            return false;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length)
        {
            // A line without an end: what is kept of it is enough to see that it is too long.
            _end = MostBytes + 1;
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        _isEnded = read == 0;
        return true;
    }

    /// <summary>The next line, without its end; valid until the next call of <see cref="ReadAsync"/>.</summary>
    public bool TryTake(out ReadOnlySpan<byte> line)
    {
        var rest = _buffer.AsSpan(_start, _end - _start);
        var length = rest.IndexOf((byte)'\n');
        if (length < 0 && (!_isEnded || rest.IsEmpty))
        {
            line = [];
            return false;
        }

        line = length < 0 ? rest : rest[..length];
        _start += length < 0 ? rest.Length : length + 1;
        IsTooLong = line.Length > MostBytes;
        line = IsTooLong ? line[..MostBytes] : line.TrimEnd((byte)'\r');
        Number++;
        return true;
    }

    public void Dispose() => stream.Dispose();
}
