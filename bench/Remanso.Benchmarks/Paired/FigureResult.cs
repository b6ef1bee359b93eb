using System.Globalization;

namespace Remanso.Benchmarks.Paired;

/// <summary>All rounds of a figure that is compared to nothing but a bound, as a row of the same table as
/// <see cref="PairResult"/>.</summary>
/// <param name="name">What was done.</param>
/// <param name="unit">The unit, with a space in front where it wants one.</param>
/// <param name="atLeast">The lower bound; null for none.</param>
/// <param name="atMost">The upper bound; null for none.</param>
internal sealed class FigureResult(string name, string unit, double? atLeast = null, double? atMost = null)
{
    private readonly List<double> _rounds = [];

    public void Add(double value) => _rounds.Add(value);

    public override string ToString()
    {
        var sorted = _rounds.Order().ToArray();
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        var aim =
            atLeast is { } least ? $"≥ {least:0}{unit}"
            : atMost is { } most ? $"≤ {most:0}{unit}"
            : "";
        var verdict =
            aim == "" ? ""
            : median >= (atLeast ?? 0) && median <= (atMost ?? double.MaxValue) ? "met"
            : "**missed**";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {median:0}{unit} | | | {sorted[0]:0} to {sorted[^1]:0}{unit} | {aim} | {verdict} |"
        );
    }
}
