namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>One series of a metric.</summary>
/// <param name="Metric">The name of the instrument.</param>
/// <param name="Tags">Its tags but <c>cache</c>, as <c>name=value</c>, with spaces between them.</param>
/// <param name="Cache">Its tag <c>cache</c>.</param>
internal sealed record MetricSeries(string Metric, string Tags, string? Cache);

/// <summary>What a series is at a time.</summary>
/// <param name="Sum">The value of a counter or gauge, the sum of a histogram.</param>
/// <param name="Times">The count of a histogram.</param>
internal sealed record MetricValue(double Sum, int Times);
