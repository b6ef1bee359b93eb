using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

// To be registered before the caches: the life cycle ends in reverse, so the last counts are sent once the caches are
// drained. A collector that is not there costs nothing but what was to be sent: nobody waits for it, except a stop, for
// at most five seconds.

/// <summary>
/// Pushes metrics and activities to an OpenTelemetry collector (OTLP) where an endpoint is set.
/// </summary>
internal sealed class TelemetryPush(IConfiguration configuration) : IHostedLifecycleService, IDisposable
{
    private const string Source = "Remanso";
    private const string DefaultServiceName = "remanso";
    private const int LongestFlushMilliseconds = 5_000;

    /// <summary>The meters that the server tells of: its caches', and the runtime's (memory, processor, collections).</summary>
    public static string[] Meters { get; } = [Source, "System.Runtime"];

    private MeterProvider? _metrics;
    private TracerProvider? _traces;

    /// <exception cref="SettingException">A setting is wrong.</exception>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (TelemetrySettings.PushesMetrics(configuration))
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .ConfigureServices(services => services.AddSingleton(configuration))
                .ConfigureResource(Describe)
                .AddMeter(Meters)
                .AddOtlpExporter(static (OtlpExporterOptions _, MetricReaderOptions _) => { })
                .Build();
        }

        if (TelemetrySettings.PushesTraces(configuration))
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .ConfigureServices(services => services.AddSingleton(configuration))
                .ConfigureResource(Describe)
                .AddSource(Source, CallerTraces.Source)
                .AddOtlpExporter()
                .Build();
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) =>
        AtOnceAsync(() => _metrics?.Shutdown(LongestFlushMilliseconds), () => _traces?.Shutdown(LongestFlushMilliseconds));

    /// <summary>Runs what blocks its thread, all of it at the same time: together it takes as long as the longest.</summary>
    internal static Task AtOnceAsync(params IEnumerable<Action> actions) =>
        Task.WhenAll(
            actions.Select(static action =>
                Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            )
        );

    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before.
    private static void Describe(ResourceBuilder resource) =>
        resource
            .Clear()
            .AddTelemetrySdk()
            .AddService(
                DefaultServiceName,
                serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}",
                autoGenerateServiceInstanceId: false
            )
            .AddEnvironmentVariableDetector();
}
