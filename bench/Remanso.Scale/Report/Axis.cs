using System.Globalization;

namespace Remanso.Scale.Report;

/// <summary>An axis of a plot.</summary>
/// <param name="Title">What it shows, with its unit.</param>
/// <param name="Ticks">The numbers that stand beside it, ascending; the first and the last are its ends.</param>
/// <param name="IsLogarithmic">Whether equal ratios are equally long.</param>
internal sealed record Axis(string Title, IReadOnlyList<double> Ticks, bool IsLogarithmic)
{
    /// <summary>Powers of a base that enclose some values.</summary>
    public static Axis Logarithmic(string title, IEnumerable<double> values, double power = 10)
    {
        var all = values.ToArray();
        var from = Math.Floor(Math.Log(all.Min(), power) + 1e-9);
        var to = Math.Ceiling(Math.Log(all.Max(), power) - 1e-9);
        return new Axis(title, [.. Enumerable.Range(0, (int)(to - from) + 1).Select(i => Math.Pow(power, from + i))], IsLogarithmic: true);
    }

    /// <summary>From zero to a round number that nothing is above.</summary>
    public static Axis Linear(string title, IEnumerable<double> values)
    {
        var most = values.Max();
        var unit = Math.Pow(10, Math.Floor(Math.Log10(most)));
        var step = new[] { 0.2, 0.25, 0.5, 1, 2, 2.5 }.Select(part => part * unit).First(part => most / part <= 6);
        return new Axis(title, [.. Enumerable.Range(0, (int)Math.Ceiling(most / step) + 1).Select(i => i * step)], IsLogarithmic: false);
    }

    /// <summary>Where a value is between the ends, 0 to 1.</summary>
    public double Place(double value)
    {
        var (from, to) = (Ticks[0], Ticks[^1]);
        var place = IsLogarithmic ? Math.Log(value / from) / Math.Log(to / from) : (value - from) / (to - from);
        return Math.Clamp(place, 0, 1);
    }

    public static string TextOf(double value) =>
        value switch
        {
            >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
            >= 1e4 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + " k",
            _ => value.ToString("#,0.####", CultureInfo.InvariantCulture),
        };
}
