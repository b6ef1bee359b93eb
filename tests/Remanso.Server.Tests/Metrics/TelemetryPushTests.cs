using System.Diagnostics;
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

    [Theory]
    [InlineData("01", true)]
    [InlineData("00", false)]
    public async Task A_flush_is_linked_to_the_recorded_traces_of_those_who_wrote(string flags, bool isLinked)
    {
        using var folder = new TemporaryFolder();
        await using var collector = await Collector.StartAsync();
        await using var server = await ServerProcess.StartAsync(folder.Path, [], Pushing(collector.Address));
        var traces = new[] { ActivityTraceId.CreateRandom(), ActivityTraceId.CreateRandom(), ActivityTraceId.CreateRandom() };

        await WriteAsync(HttpMethod.Put, "/v1/caches/default/entries/secret?durability=stored", "v", traces[0]);
        await WriteAsync(HttpMethod.Post, "/set", "{\"key\":\"a\",\"value\":\"v\"}", traces[1]);
        await WriteAsync(HttpMethod.Post, "/v1/caches/default/entries:batch-set", "[{\"key\":\"b\",\"value\":\"v\"}]", traces[2]);
        Assert.Equal((0, ""), await server.TerminateAsync());

        Assert.True(collector.Has("/v1/traces", "remanso.flush"));
        Assert.Equal(isLinked, collector.Has("/v1/traces", "PUT /v1/caches/{cache}/entries/{**key}"));
        Assert.False(collector.Has("/v1/traces", "secret"));
        Assert.All(traces, trace => Assert.Equal(isLinked, collector.HasLinkTo(trace)));

        async Task WriteAsync(HttpMethod method, string path, string body, ActivityTraceId trace)
        {
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-{flags}");
            using var answer = await server.Client.SendAsync(request);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
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
