using System.Globalization;

namespace Remanso.Benchmarks.Paired;

/// <summary>All rounds of a figure that is compared to nothing but a bound, as a row of the same table as
/// <see cref="PairResult"/>.</summary>
/// <param name="name">What was done.</param>
/// <param name="unit">The unit, with a space in front where it wants one.</param>
/// <param name="atLeast">The bound; null for none.</param>
internal sealed class FigureResult(string name, string unit, double? atLeast = null)
{
    private readonly List<double> _rounds = [];

    public void Add(double value) => _rounds.Add(value);

    public override string ToString()
    {
        var sorted = _rounds.Order().ToArray();
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        var (aim, verdict) = atLeast is { } bound
            ? (string.Create(CultureInfo.InvariantCulture, $"≥ {bound:0}{unit}"), median >= bound ? "met" : "**missed**")
            : ("", "");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {median:0}{unit} | | | {sorted[0]:0} to {sorted[^1]:0}{unit} | {aim} | {verdict} |"
        );
    }
}
