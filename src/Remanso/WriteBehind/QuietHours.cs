using System.Globalization;
using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>A part of each day, in UTC; one that begins later than it ends goes over midnight.</summary>
/// <param name="From">When it begins.</param>
/// <param name="Until">When it is over; not <paramref name="From"/>.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct QuietHours(TimeOnly From, TimeOnly Until)
{
    /// <summary>Whether a time of day is in it.</summary>
    public bool Contains(TimeOnly time) => time.IsBetween(From, Until);

    /// <summary>Reads <c>HH:mm-HH:mm</c>, such as <c>22:00-06:30</c>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static QuietHours Parse(ReadOnlySpan<char> s) =>
        TryParse(s, out var hours) ? hours : throw new FormatException($"'{s}' is no part of a day such as 22:00-06:30.");

    /// <summary>Reads <c>HH:mm-HH:mm</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, out QuietHours result)
    {
        result = default;
        var dash = s.IndexOf('-');
        if (dash < 0 || !TryTime(s[..dash], out var from) || !TryTime(s[(dash + 1)..], out var until) || from == until)
        {
            return false;
        }

        result = new QuietHours(from, until);
        return true;
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From:HH:mm}-{Until:HH:mm}");

    private static bool TryTime(ReadOnlySpan<char> text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text.Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
