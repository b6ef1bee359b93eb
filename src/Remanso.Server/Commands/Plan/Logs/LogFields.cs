using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Remanso.Server.Commands.Plan.Logs;

/// <summary>Reads the fields of a log's line; each method tells what is wrong, or null.</summary>
internal static class LogFields
{
    private const int MostBytes = 512 << 20;
    private const double MostCostMs = 600_000;

    /// <summary>A time: a date as in ISO 8601 (UTC unless it says otherwise), or a number. A number is seconds since
    /// any moment; one that is too large for that is taken for milliseconds, microseconds or nanoseconds since 1970.</summary>
    public static string? Time(ReadOnlySpan<byte> text, LoggedCall call)
    {
        if (Utf8Parser.TryParse(text, out double number, out var read) && read == text.Length)
        {
            if (Scale(number) is not { } micros)
            {
                return "time: a number from 0, or a date";
            }

            call.Micros = micros;
            return null;
        }

        if (
            !DateTimeOffset.TryParse(
                Encoding.UTF8.GetString(text),
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var date
            )
        )
        {
            return text.IsEmpty ? "time: it is missing" : "time: neither a number nor a date";
        }

        call.Micros = (date.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        return null;
    }

    /// <summary>What the call does.</summary>
    public static string? Kind(ReadOnlySpan<byte> text, LoggedCall call)
    {
        if (Is(text, "read", "get", "r"))
        {
            call.Kind = CallKind.Read;
        }
        else if (Is(text, "absent"))
        {
            (call.Kind, call.IsAbsent) = (CallKind.Read, true);
        }
        else if (Is(text, "write", "set", "w"))
        {
            call.Kind = CallKind.Write;
        }
        else if (Is(text, "delete", "del", "d"))
        {
            call.Kind = CallKind.Delete;
        }
        else
        {
            return text.IsEmpty ? "op: it is missing" : "op: read, absent, write or delete";
        }

        return null;
    }

    /// <summary>How long the value is; nothing where that is not told.</summary>
    public static string? Bytes(ReadOnlySpan<byte> text, LoggedCall call)
    {
        if (text.IsEmpty)
        {
            return null;
        }

        if (!Utf8Parser.TryParse(text, out long bytes, out var read) || read != text.Length || bytes is < 0 or > MostBytes)
        {
            return "bytes: a whole number, 0 to 536870912";
        }

        call.Bytes = (int)bytes;
        return null;
    }

    /// <summary>How long the query takes, in milliseconds; nothing where that is not told.</summary>
    public static string? Cost(ReadOnlySpan<byte> text, LoggedCall call)
    {
        if (text.IsEmpty)
        {
            return null;
        }

        if (!Utf8Parser.TryParse(text, out double cost, out var read) || read != text.Length || !(cost is >= 0 and <= MostCostMs))
        {
            return "cost: milliseconds, 0 to 600000";
        }

        call.CostMicros = (int)(cost * 1000);
        return null;
    }

    private static long? Scale(double number) =>
        number switch
        {
            >= 0 and < 1e11 => (long)(number * 1e6),
            >= 1e11 and < 1e14 => (long)(number * 1e3),
            >= 1e14 and < 1e17 => (long)number,
            >= 1e17 and < 1e20 => (long)(number / 1e3),
            _ => null,
        };

    private static bool Is(ReadOnlySpan<byte> text, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (Ascii.EqualsIgnoreCase(text, word))
            {
                return true;
            }
        }

        return false;
    }
}
