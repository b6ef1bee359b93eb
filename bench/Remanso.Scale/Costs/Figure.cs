namespace Remanso.Scale.Costs;

/// <summary>Something that was measured several times.</summary>
/// <param name="Set">In what.</param>
/// <param name="At">With how many keys, callers, or rows.</param>
/// <param name="What">The operation.</param>
/// <param name="Where">Who paid.</param>
/// <param name="Unit">Of the samples.</param>
/// <param name="Samples">In the order in which they were taken.</param>
internal sealed record Figure(string Set, int At, string What, string Where, string Unit, double[] Samples)
{
    public double Median
    {
        get
        {
            var sorted = Samples.Order().ToArray();
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public double Lowest => Samples.Min();

    public double Highest => Samples.Max();
}
