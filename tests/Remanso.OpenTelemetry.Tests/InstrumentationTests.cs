using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Remanso.OpenTelemetry.Tests;

/// <summary>An application with an OpenTelemetry pipeline of its own and a cache.</summary>
public sealed class InstrumentationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("remanso-otel-").FullName;

    [Fact]
    public async Task Metrics_and_spans_of_a_cache_reach_the_exporters_of_an_application()
    {
        var metrics = new List<Metric>();
        var spans = new List<Activity>();
        using var meters = Sdk.CreateMeterProviderBuilder().AddRemansoInstrumentation().AddInMemoryExporter(metrics).Build();
        using var traces = Sdk.CreateTracerProviderBuilder().AddRemansoInstrumentation().AddInMemoryExporter(spans).Build();

        await WriteAndReadAsync(TestContext.Current.CancellationToken);
        meters.ForceFlush();
        traces.ForceFlush();

        Assert.Contains(metrics, static metric => metric.Name == "remanso.flush.entries");
        Assert.Contains(spans, static span => span.OperationName == "remanso.flush");
        Assert.Contains(spans, static span => span.OperationName == "remanso.load");
    }

    [Fact]
    public void A_missing_builder_is_named()
    {
        Assert.Throws<ArgumentNullException>("builder", static () => ((MeterProviderBuilder)null!).AddRemansoInstrumentation());
        Assert.Throws<ArgumentNullException>("builder", static () => ((TracerProviderBuilder)null!).AddRemansoInstrumentation());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task WriteAndReadAsync(CancellationToken cancellationToken)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddRemanso().UseSqlite(Path.Combine(_folder, "store.db")).AddCache<int, string>("traced");
        var host = builder.Build();
        await host.StartAsync(cancellationToken);
        var cache = host.Services.GetRequiredService<ICache<int, string>>();
        await cache.SetAsync(1, "one", new WriteOptions { Durability = Durability.Stored }, cancellationToken);
        await cache.GetAsync(2, cancellationToken);
        await host.StopAsync(cancellationToken);
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
