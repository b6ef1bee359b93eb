using System.Text;

namespace Remanso.Server.Commands.Remote.Transfer;

/// <summary>Reads lines with their numbers, and knows how far in its input it is.</summary>
internal sealed class LineReader : IDisposable
{
    private readonly Stream _stream;
    private readonly StreamReader _lines;
    private readonly long? _length;

    private LineReader(Stream stream, long? length)
    {
        _stream = stream;
        _length = length;
        _lines = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false));
    }

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Which part is read, 0 to 1; NaN where the end is not known.</summary>
    public double Part => _length is > 0 and var length ? Math.Min(1, (double)_stream.Position / length) : double.NaN;

    /// <summary>Opens a file, or the input for <c>-</c>.</summary>
    /// <exception cref="UsageException">It can't be read.</exception>
    public static LineReader Open(string option, string path, Terminal terminal)
    {
        if (path == "-")
        {
            return new LineReader(terminal.Input, length: null);
        }

        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return new LineReader(file, file.CanSeek ? file.Length : null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path} can't be read: {exception.Message}");
        }
    }

    /// <summary>The next line; null at the end.</summary>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        var line = await _lines.ReadLineAsync(cancellationToken);
        if (line is not null)
        {
            Number++;
        }

        return line;
    }

    public void Dispose() => _lines.Dispose();
}
