using Remanso.Server.Hosting;

namespace Remanso.Server.Tests.Metrics;

/// <summary>The real process and a collector.</summary>
public sealed class TelemetryPushTests
{
    [Fact]
    public async Task Metrics_and_activities_reach_a_collector_the_last_ones_at_the_stop()
    {
        using var folder = new TemporaryFolder();
        await using var collector = await Collector.StartAsync();
        await using var server = await ServerProcess.StartAsync(folder.Path, [], Pushing(collector.Address));

        using var body = new StringContent("v");
        Assert.Equal(HttpStatusCode.OK, (await server.Client.PutAsync("/v1/caches/default/entries/k?durability=stored", body)).StatusCode);
        Assert.Equal((0, ""), await server.TerminateAsync());

        Assert.True(collector.Has("/v1/metrics", "remanso.writes"));
        Assert.True(collector.Has("/v1/metrics", "dotnet.process.memory.working_set"));
        Assert.True(collector.Has("/v1/metrics", "service.name"));
        Assert.True(collector.Has("/v1/traces", "remanso.flush"));
    }

    [Fact]
    public async Task A_collector_that_is_away_harms_nobody()
    {
        using var folder = new TemporaryFolder();
        string address;
        await using (var gone = await Collector.StartAsync())
        {
            address = gone.Address;
        }

        await using var server = await ServerProcess.StartAsync(folder.Path, [], Pushing(address));

        using var body = new StringContent("v");
        Assert.Equal(HttpStatusCode.OK, (await server.Client.PutAsync("/v1/caches/default/entries/k?durability=stored", body)).StatusCode);
        Assert.Equal((0, ""), await server.TerminateAsync());
    }

    [Fact]
    public async Task A_stop_waits_for_metrics_and_traces_at_the_same_time()
    {
        using var both = new Barrier(2);
        void Meet() => Assert.True(both.SignalAndWait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));

        await TelemetryPush.AtOnceAsync(Meet, Meet);
    }

    private static (string Name, string Value)[] Pushing(string address) =>
        [("OTEL_EXPORTER_OTLP_ENDPOINT", address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];
}
