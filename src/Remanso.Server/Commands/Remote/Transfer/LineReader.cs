using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Remanso.Server.Commands.Remote.Transfer;

// By the bytes, for a reader of text would put other characters in the place of bytes that are none, and whoever reads
// on would take them for what was meant.

// A line is held whole. One that has no end in sight is told as bad once it is longer than any text, and read past: what takes
// lines may end with it, or go on behind it.

/// <summary>Reads lines with their numbers, and knows how far in its input it is.</summary>
internal sealed class LineReader : IDisposable
{
    // What a text can hold, or nearly; an entry of the largest value has room in it.
    private const long LongestLine = 1000L << 20;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Stream _stream;
    private readonly long? _length;
    private readonly long _longest;
    private PipeReader _bytes;
    private string? _text;
    private string? _fault;
    private bool _isWithinLine;
    private bool _isLeft;

    /// <param name="stream">What is read.</param>
    /// <param name="length">How long it is; null where that is not known.</param>
    /// <param name="longest">How many bytes a line may have.</param>
    internal LineReader(Stream stream, long? length, long longest = LongestLine)
    {
        _stream = stream;
        _length = length;
        _longest = longest;
        _bytes = PipeReader.Create(stream);
    }

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The line that was read last.</summary>
    /// <exception cref="FormatException">It is no text, or too long.</exception>
    public string Text => _text ?? throw new FormatException(_fault);

    /// <summary>Whether that line has an end, which the last one may lack. One that is too long counts as one that has.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Whether the input is in UTF-16, as its mark says.</summary>
    public bool IsUtf16 { get; private set; }

    /// <summary>Which part is read, 0 to 1; NaN where the end is not known.</summary>
    public double Part => _length is > 0 and var length ? Math.Min(1, (double)_stream.Position / length) : double.NaN;

    /// <summary>Opens a file, or the input for <c>-</c>.</summary>
    /// <exception cref="UsageException">It can't be read.</exception>
    public static LineReader Open(string option, string path, Terminal terminal)
    {
        return path == "-" ? new LineReader(terminal.Input, length: null) : Open(option, path);
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="UsageException">It can't be read.</exception>
    public static LineReader Open(string option, string path)
    {
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

    /// <summary>Reads the next line; false at the end.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (Number == 0)
        {
            await SkipMarkAsync(cancellationToken);
        }

        // What was looked at is not looked at again: a line may be hundreds of megabytes long.
        SequencePosition? seen = null;
        while (true)
        {
            var read = await LeavableAsync(_bytes.ReadAsync(cancellationToken), cancellationToken);
            var buffer = read.Buffer;
            var end = (seen is { } from ? buffer.Slice(from) : buffer).PositionOf((byte)'\n');
            if (_isWithinLine)
            {
                (_isWithinLine, seen) = (end is null && !read.IsCompleted, null);
                _bytes.AdvanceTo(end is { } passed ? buffer.GetPosition(1, passed) : buffer.End);
                continue;
            }

            if (end is null && buffer.Length > _longest)
            {
                Number++;
                (_text, _fault, IsWhole, _isWithinLine) = (null, $"it is longer than {_longest >> 20} MiB", true, true);
                _bytes.AdvanceTo(buffer.End);
                return true;
            }

            if (end is null && !read.IsCompleted)
            {
                seen = buffer.End;
                _bytes.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }

            if (buffer.IsEmpty)
            {
                return false;
            }

            Number++;
            IsWhole = end is not null;
            _text = TextOf(end is { } last ? buffer.Slice(0, last) : buffer);
            _fault = "it is no UTF-8";
            _bytes.AdvanceTo(end is { } at ? buffer.GetPosition(1, at) : buffer.End);
            return true;
        }
    }

    public void Dispose()
    {
        if (_isLeft)
        {
            // That read may still end, and its memory is its own until then.
            return;
        }

        _bytes.Complete();
        _stream.Dispose();
    }

    // The input's stream looks at the token before it reads and not while it waits for a producer.
    private async ValueTask<ReadResult> LeavableAsync(ValueTask<ReadResult> reading, CancellationToken cancellationToken)
    {
        if (reading.IsCompleted)
        {
            return await reading;
        }

        var read = reading.AsTask();
        try
        {
            return await read.WaitAsync(cancellationToken);
        }
        finally
        {
            _isLeft = !read.IsCompleted;
        }
    }

    private static string? TextOf(ReadOnlySequence<byte> line)
    {
        try
        {
            var text = _utf8.GetString(line);
            return text.EndsWith('\r') ? text[..^1] : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    // Files of Windows may begin with a mark, and that mark may say that they are UTF-16.
    private async ValueTask SkipMarkAsync(CancellationToken cancellationToken)
    {
        var read = await LeavableAsync(_bytes.ReadAtLeastAsync(3, cancellationToken), cancellationToken);
        var first = read.Buffer.Slice(0, Math.Min(3, read.Buffer.Length)).ToArray();
        var mark = first is [0xEF, 0xBB, 0xBF] ? 3 : 0;
        _bytes.AdvanceTo(read.Buffer.GetPosition(mark));
        if (first is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            var utf16 = new UnicodeEncoding(bigEndian: first[0] == 0xFE, byteOrderMark: true, throwOnInvalidBytes: true);
            IsUtf16 = true;
            _bytes = PipeReader.Create(Encoding.CreateTranscodingStream(_bytes.AsStream(), utf16, _utf8));
            await SkipMarkAsync(cancellationToken);
        }
    }
}
