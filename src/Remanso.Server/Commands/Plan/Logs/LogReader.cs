using System.Globalization;
using Remanso.Entries;

namespace Remanso.Server.Commands.Plan.Logs;

/// <summary>Reads a log of calls: lines of CSV or of JSON, which its first line tells apart. Empty lines and those that
/// begin with # are skipped.</summary>
internal sealed class LogReader(LogLines lines, BadLines bad, int unlessTold)
{
    // Of a hundred lines one may be bad; of more than that, a plan would say something about another load.
    private const int MostGoodForOneBad = 100;

    private readonly List<TracedCall> _calls = new(1 << 16);
    private readonly List<string> _keys = [];
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly LoggedCall _call = new();
    private ILogFormat? _format;

    /// <summary>Reads all of it.</summary>
    /// <exception cref="UsageException">It has no calls, too many calls, or too many bad lines.</exception>
    public async Task<Trace> ReadAsync(CancellationToken cancellationToken)
    {
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            TakeLines();
        } while (await lines.ReadAsync(cancellationToken));

        bad.Sum();
        if (bad.Count * MostGoodForOneBad > _calls.Count)
        {
            throw new UsageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{bad.Count} of {bad.Count + _calls.Count} lines can't be read, more than one in a hundred, so nothing "
                        + $"is planned; the first is {bad.First}"
                )
            );
        }

        return _calls.Count == 0 ? throw new UsageException("The log has no calls") : Trace.Of(_calls, [.. _keys], unlessTold);
    }

    private void TakeLines()
    {
        while (lines.TryTake(out var line))
        {
            line = lines.Number == 1 && line.StartsWith("\uFEFF"u8) ? line[3..] : line;
            line = line.Trim(" \t"u8);
            if (line is not ([] or [(byte)'#', ..]) && Take(line) is { } wrong)
            {
                bad.Add(lines.Number, wrong);
            }
        }
    }

    private string? Take(ReadOnlySpan<byte> line)
    {
        if (lines.IsTooLong)
        {
            return FormattableString.Invariant($"longer than {LogLines.MostBytes} bytes");
        }

        if (_format is null)
        {
            var isHeader = false;
            _format = line[0] == '{' ? new JsonLog() : CsvLog.Of(line, out isHeader);
            if (isHeader)
            {
                return null;
            }
        }

        _call.Clear();
        if (_format.Read(line, _call) is { } wrong)
        {
            return wrong;
        }

        if (_calls.Count == Trace.MostCalls)
        {
            throw new UsageException(FormattableString.Invariant($"The log has more than {Trace.MostCalls} calls: plan with a part of it"));
        }

        var known = _indexes.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!known.TryGetValue(_call.Key, out var key))
        {
            var text = _call.Key.ToString();
            if (!CacheKey.IsValid(text))
            {
                return text.Length == 0 ? "key: it is missing" : "key: 1 to 1024 bytes of UTF-8 without control characters";
            }

            _indexes.Add(text, key = _keys.Count);
            _keys.Add(text);
        }

        _calls.Add(_call.As(key));
        return null;
    }
}
