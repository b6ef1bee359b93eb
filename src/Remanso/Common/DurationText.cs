using System.Globalization;
using System.Xml;

namespace Remanso.Common;

/// <summary>Spans of time as people write them, the same in queries and settings: seconds (<c>90</c>, <c>1.5</c>), a
/// number with a unit (<c>250ms</c>, <c>30s</c>, <c>5m</c>, <c>2h</c>, <c>7d</c>), ISO 8601 (<c>PT5M</c>), or
/// <c>[d.]hh:mm:ss[.f]</c>.
/// </summary>
internal static class DurationText
{
    /// <summary>Reads a span of time.</summary>
    /// <param name="text">The text; white space around it is of no account.</param>
    /// <param name="duration">The span, which may be negative.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        text = text.Trim();
        duration = default;
        return text switch
        {
            [] => false,
            ['P' or 'p', ..] => TryParseIso(text, out duration),
            _ when text.Contains(':') => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration),
            [.. var number, 'm', 's'] => TryScale(number, TimeSpan.TicksPerMillisecond, out duration),
            [.. var number, 's'] => TryScale(number, TimeSpan.TicksPerSecond, out duration),
            [.. var number, 'm'] => TryScale(number, TimeSpan.TicksPerMinute, out duration),
            [.. var number, 'h'] => TryScale(number, TimeSpan.TicksPerHour, out duration),
            [.. var number, 'd'] => TryScale(number, TimeSpan.TicksPerDay, out duration),
            _ => TryScale(text, TimeSpan.TicksPerSecond, out duration),
        };
    }

    /// <summary>The shortest form with one unit that says a span of time exactly: <c>250ms</c>, <c>90s</c>, <c>5m</c>;
    /// below a millisecond <c>00:00:00.0000001</c>.</summary>
    /// <param name="duration">The span.</param>
    public static string Format(TimeSpan duration)
    {
        ReadOnlySpan<(long Ticks, string Unit)> units =
        [
            (TimeSpan.TicksPerDay, "d"),
            (TimeSpan.TicksPerHour, "h"),
            (TimeSpan.TicksPerMinute, "m"),
            (TimeSpan.TicksPerSecond, "s"),
            (TimeSpan.TicksPerMillisecond, "ms"),
        ];
        foreach (var (ticks, unit) in units)
        {
            if (duration != TimeSpan.Zero && duration.Ticks % ticks == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / ticks}{unit}");
            }
        }

        return duration == TimeSpan.Zero ? "0s" : duration.ToString("c", CultureInfo.InvariantCulture);
    }

    private static bool TryScale(ReadOnlySpan<char> number, long ticksPerUnit, out TimeSpan duration)
    {
        duration = default;
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (
            !decimal.TryParse(number, Style, CultureInfo.InvariantCulture, out var value)
            || Math.Abs(value) > TimeSpan.MaxValue.Ticks / ticksPerUnit
        )
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)(value * ticksPerUnit));
        return true;
    }

    private static bool TryParseIso(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        var date = text.IndexOf('T') is >= 0 and var t ? text[..t] : text;
        if (date.IndexOfAny("YM") >= 0)
        {
            return false; // Years and months have no fixed length.
        }

        try
        {
            duration = XmlConvert.ToTimeSpan(text.ToString());
            return true;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            return false;
        }
    }
}
