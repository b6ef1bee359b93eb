namespace Remanso.Torture.Tests.Soak;

/// <summary>One thing that was measured of one process, over time.</summary>
/// <param name="Metric">What was measured.</param>
/// <param name="Source">Of whom.</param>
internal sealed record Series(Metric Metric, string Source)
{
    private readonly List<(TimeSpan At, double Value)> _points = [];

    /// <summary>When, since the beginning, and how much.</summary>
    public IReadOnlyList<(TimeSpan At, double Value)> Points => _points;

    public void Add(TimeSpan at, double value) => _points.Add((at, value));

    /// <summary>What was measured from some time on.</summary>
    public IReadOnlyList<(TimeSpan At, double Value)> From(TimeSpan at) => _points.FindAll(point => point.At >= at);
}
