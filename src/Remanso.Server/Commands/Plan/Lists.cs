using System.Globalization;
using Remanso.Common;
using Remanso.Server.Commands.Remote;

namespace Remanso.Server.Commands.Plan;

/// <summary>Values with commas between them.</summary>
internal static class Lists
{
    private const int Most = 8;
    private const long LeastSize = 64 << 10;
    private const long MostSize = 1L << 50;

    private static readonly (string Unit, long Bytes)[] _units =
    [
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("TiB", 1L << 40),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];

    /// <summary>Sizes: bytes, or a number with a unit.</summary>
    /// <exception cref="UsageException">One is none.</exception>
    public static long[] Sizes(string option, string? text) =>
        Of(option, text, item =>
            Size(item) is >= LeastSize and <= MostSize and var size
                ? (long)size
                : throw new UsageException($"{option} takes sizes such as 64MiB,1GiB, from 64KiB")
        );

    /// <summary>Spans of time.</summary>
    /// <exception cref="UsageException">One is none.</exception>
    public static TimeSpan[] Times(string option, string? text, TimeSpan least, TimeSpan most) =>
        Of(option, text, item =>
            Remote.Times.Parse(option, item) is { } time && time >= least && time <= most
                ? time
                : throw new UsageException($"{option} takes times from {DurationText.Format(least)} to {DurationText.Format(most)}")
        );

    private static T[] Of<T>(string option, string? text, Func<string, T> one)
    {
        string[] items = text?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        return items.Length > Most ? throw new UsageException($"{option} takes {Most} values at most") : [.. items.Select(one)];
    }

    private static double Size(string text)
    {
        foreach (var (unit, bytes) in _units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                return Number(text[..^unit.Length]) * bytes;
            }
        }

        return Number(text);
    }

    private static double Number(string text) =>
        double.TryParse(
            text,
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : double.NaN;
}
