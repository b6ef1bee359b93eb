using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Remanso.Server.Commands.Plan.Logs;

/// <summary>A line of values with commas between them (RFC 4180, but for values of several lines): time, key, op,
/// bytes, cost in this order, or as a header names them.</summary>
internal sealed class CsvLog : ILogFormat
{
    private const int NoEnd = -2;

    private static readonly string[] _names = ["time", "key", "op", "bytes", "cost"];

    // The place of each name, of those in the order above; -1 where there is no such column.
    private readonly int[] _places;
    private readonly Range[] _values;
    private byte[] _unquoted = new byte[128];

    private CsvLog(int[] places)
    {
        _places = places;
        _values = new Range[places.Max() + 1];
    }

    /// <summary>The format of a log by its first line.</summary>
    /// <param name="first">The line.</param>
    /// <param name="isHeader">Whether the line names the columns.</param>
    /// <exception cref="UsageException">It names columns, and not all that are needed.</exception>
    public static CsvLog Of(ReadOnlySpan<byte> first, out bool isHeader)
    {
        string[] columns = [.. Encoding.UTF8.GetString(first).Split(',').Select(static name => name.Trim().Trim('"').ToLowerInvariant())];
        isHeader =
            columns.Contains("key", StringComparer.Ordinal)
            && (columns.Contains("time", StringComparer.Ordinal) || columns.Contains("op", StringComparer.Ordinal));
        if (!isHeader)
        {
            return new CsvLog([0, 1, 2, 3, 4]);
        }

        int[] places = [.. _names.Select(name => Array.IndexOf(columns, name))];
        var missing = Array.IndexOf(places, -1);
        return missing is >= 0 and < 3
            ? throw new UsageException(
                $"The log's header has no column {_names[missing]}; time, key and op are needed, bytes and cost are not"
            )
            : new CsvLog(places);
    }

    public string? Read(ReadOnlySpan<byte> line, LoggedCall call)
    {
        if (Split(line) is { } wrong)
        {
            return wrong;
        }

        return LogFields.Time(Field(line, 0), call)
            ?? ReadKey(line, call)
            ?? LogFields.Kind(Field(line, 2), call)
            ?? LogFields.Bytes(Field(line, 3), call)
            ?? LogFields.Cost(Field(line, 4), call);
    }

    private string? ReadKey(ReadOnlySpan<byte> line, LoggedCall call)
    {
        var key = Field(line, 1);
        call.MakeRoom(key.Length);
        if (Utf8.ToUtf16(key, call.KeyBuffer, out _, out var length, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            return "text that is no UTF-8";
        }

        call.KeyLength = length;
        return null;
    }

    private ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int name)
    {
        var place = _places[name];
        if (place < 0)
        {
            return [];
        }

        var value = line[_values[place]].Trim(" \t"u8);
        return value is [(byte)'"', .., (byte)'"'] ? Unquote(value[1..^1]) : value;
    }

    private string? Split(ReadOnlySpan<byte> line)
    {
        _values.AsSpan().Fill(new Range(line.Length, line.Length));
        var start = 0;
        for (var place = 0; place < _values.Length && start <= line.Length; place++)
        {
            var rest = line[start..];
            var quoted = rest.TrimStart(" \t"u8) is [(byte)'"', ..];
            var length = quoted ? QuotedLength(rest) : rest.IndexOf((byte)',');
            if (length == NoEnd)
            {
                return "a quotation mark that does not end";
            }

            var end = length < 0 ? line.Length : start + length;
            _values[place] = start..end;
            start = end + 1;
        }

        return null;
    }

    /// <summary>Where the comma behind a quoted value stands; -1 where it is the last one.</summary>
    private static int QuotedLength(ReadOnlySpan<byte> rest)
    {
        var isInside = false;
        for (var i = 0; i < rest.Length; i++)
        {
            // Two quotation marks for one: out, and in again.
            if (rest[i] == '"')
            {
                isInside = !isInside;
            }
            else if (rest[i] == ',' && !isInside)
            {
                return i;
            }
        }

        return isInside ? NoEnd : -1;
    }

    private ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> inner)
    {
        if (inner.IndexOf((byte)'"') < 0)
        {
            return inner;
        }

        if (_unquoted.Length < inner.Length)
        {
            _unquoted = new byte[inner.Length * 2];
        }

        var length = 0;
        for (var i = 0; i < inner.Length; i++)
        {
            _unquoted[length++] = inner[i];
            if (inner[i] == '"')
            {
                i++;
            }
        }

        return _unquoted.AsSpan(0, length);
    }
}
