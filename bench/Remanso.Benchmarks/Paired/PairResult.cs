using System.Globalization;

namespace Remanso.Benchmarks.Paired;

/// <summary>All rounds of a pair, as a row of a table.</summary>
/// <param name="name">What was done.</param>
/// <param name="unit">The unit of the samples.</param>
/// <param name="aim">The bound of the ratio; null for none.</param>
internal sealed class PairResult(string name, string unit, Aim? aim = null)
{
    private readonly List<(Sample Ours, Sample Bare)> _rounds = [];

    public static string TableHead =>
        """
            | | Remanso | compared to | ratio | of all rounds | aim | |
            |---|---:|---:|---:|---:|---:|---|
            """;

    public void Add(Sample ours, Sample bare) => _rounds.Add((ours, bare));

    public override string ToString()
    {
        // Of the ratios, not of the sides: the two sides of one round shared the machine's mood.
        var ratios = _rounds.Select(static round => round.Ours.Value / round.Bare.Value).Order().ToArray();
        var ratio = Median(ratios);
        var bytes = Bytes(static round => round.Ours);
        var verdict = aim is { } bound ? $" {bound} | {(bound.IsMet(Math.Round(ratio, 2), bytes) ? "met" : "**missed**")} |" : " | |";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {Side(static round => round.Ours)} | {Side(static round => round.Bare)} | {ratio:0.00} | "
                + $"{ratios[0]:0.00} to {ratios[^1]:0.00} |{verdict}"
        );
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private string Side(Func<(Sample Ours, Sample Bare), Sample> side)
    {
        var value = Median(_rounds.Select(round => side(round).Value));
        var text = $"{value.ToString(value < 1000 ? "0.0" : "0", CultureInfo.InvariantCulture)} {unit}";
        return Bytes(side) is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{text}, {bytes:0} B") : text;
    }

    /// <summary>The worst round's; null where not measured.</summary>
    private double? Bytes(Func<(Sample Ours, Sample Bare), Sample> side)
    {
        var bytes = _rounds.Max(round => side(round).Bytes);
        return bytes is null ? null : Math.Round(bytes.Value);
    }
}
