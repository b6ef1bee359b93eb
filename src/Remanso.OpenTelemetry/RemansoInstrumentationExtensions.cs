using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Remanso;

/// <summary>Adds what Remanso measures to an application's own OpenTelemetry pipeline.</summary>
/// <example>
/// <code>
/// services.AddOpenTelemetry()
///     .WithMetrics(metrics => metrics.AddRemansoInstrumentation().AddOtlpExporter())
///     .WithTracing(traces => traces.AddRemansoInstrumentation().AddOtlpExporter());
/// </code>
/// </example>
public static class RemansoInstrumentationExtensions
{
    // The core names its meter and its activity source so; it can't be asked, for this package refers to the API alone.
    private const string Name = "Remanso";

    /// <summary>Collects the meter <c>Remanso</c>: reads, flights, loads, writes, flushes, the lag, dead letters, the
    /// journal, near caches.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static MeterProviderBuilder AddRemansoInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(Name);
    }

    /// <summary>Collects the activity source <c>Remanso</c>: one span for each query of missed keys, and one for each
    /// batch that is flushed.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static TracerProviderBuilder AddRemansoInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(Name);
    }
}
