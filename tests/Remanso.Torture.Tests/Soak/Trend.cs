namespace Remanso.Torture.Tests.Soak;

// Not the line of least squares: one pause of the collector, or one fault, would tilt it. The median of the slopes of
// all pairs (P. K. Sen, 1968) takes no notice of up to 29 % of points that are anywhere.

/// <summary>Whether a series stays flat: a pure function of its points.</summary>
/// <param name="Level">The median of the values.</param>
/// <param name="Growth">What it grows by from the first point to the last, by the median slope.</param>
/// <param name="Allowed">What it may grow by.</param>
internal sealed record Trend(double Level, double Growth, double Allowed)
{
    // Of more points every nth is taken: pairs grow with the square.
    private const int MostPoints = 400;
    private const int FewestPoints = 8;

    public bool IsFlat => Growth <= Allowed;

    /// <summary>The trend of some points; null where they are too few to tell.</summary>
    public static Trend? Of(Metric metric, IReadOnlyList<(TimeSpan At, double Value)> points)
    {
        if (points.Count < FewestPoints)
        {
            return null;
        }

        var step = Math.Max(1, points.Count / MostPoints);
        var some = points.Where((_, i) => i % step == 0).ToArray();
        var slopes = new List<double>(some.Length * some.Length / 2);
        for (var i = 0; i < some.Length; i++)
        {
            for (var j = i + 1; j < some.Length; j++)
            {
                slopes.Add((some[j].Value - some[i].Value) / (some[j].At - some[i].At).TotalSeconds);
            }
        }

        var level = MedianOf([.. some.Select(static point => point.Value)]);
        var growth = MedianOf([.. slopes]) * (points[^1].At - points[0].At).TotalSeconds;
        return new Trend(level, growth, Math.Max(metric.Least, metric.Share * level));
    }

    private static double MedianOf(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
