namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>Something that moves one series of a metric, and by how much.</summary>
/// <param name="Metric">The name of the instrument.</param>
/// <param name="Tags">The series' tags but <c>cache</c>, as <c>name=value</c>, with spaces between them.</param>
/// <param name="What">What happens, for people.</param>
/// <param name="By">How much a counter or the sum of a histogram grows; what a gauge is then.</param>
/// <param name="CauseAsync">Starts a cache, prepares, calls <see cref="MetricRun.Mark"/>, and does it.</param>
internal sealed record MetricCase(string Metric, string Tags, string What, double By, Func<MetricRun, Task> CauseAsync)
{
    /// <summary>The cache that it is counted for; the journal counts for none.</summary>
    public string Cache { get; init; } = "test";

    /// <summary>How many values a histogram gets.</summary>
    public int Times { get; init; } = 1;

    /// <summary>How far off a value may be that is an estimate.</summary>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>What else of the metric grows by necessity: tags, and by how much.</summary>
    public (string Tags, double By) Also { get; init; }

    /// <summary>The name of the test.</summary>
    public string Name => $"{Metric}{(Tags.Length == 0 ? string.Empty : $"{{{Tags}}}")}: {What}";
}
