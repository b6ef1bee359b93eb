using System.Diagnostics;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Telemetry;

/// <summary>From the trace of a write one comes to the flush that stored it.</summary>
public sealed class WriteTraceTests : IDisposable
{
    private readonly FlushSpans _spans = new();

    public void Dispose() => _spans.Dispose();

    [Theory]
    [InlineData(Durability.Accepted)]
    [InlineData(Durability.Stored)]
    public async Task A_flush_is_linked_to_the_traces_whose_writes_it_stores(Durability durability)
    {
        await using var harness = await CacheHarness.StartAsync();
        var options = new WriteOptions { Durability = durability };
        Activity first,
            second;
        Task<WriteReceipt> one,
            other;
        using (first = FlushSpans.Begin())
        {
            one = harness.Cache.SetAsync("k", "1", options).AsTask();
        }

        using (second = FlushSpans.Begin())
        {
            other = harness.Cache.SetAsync("other", "2", options).AsTask();
        }

        await harness.Cache.Operations.FlushAsync();
        await Task.WhenAll(one, other);

        var (flush, link) = Assert.Single(_spans.LinkedTo(first));
        Assert.False(link.IsRemote);
        Assert.Equal("test", flush.GetTagItem("cache"));
        Assert.Equal(ActivityKind.Client, flush.Kind);
        Assert.Single(_spans.LinkedTo(second));
    }

    [Fact]
    public async Task Writes_that_were_coalesced_are_all_linked_to_the_one_flush()
    {
        await using var harness = await CacheHarness.StartAsync();
        List<Activity> traces = [];
        for (var i = 0; i < 3; i++)
        {
            using var trace = FlushSpans.Begin();
            await harness.Cache.SetAsync("k", $"{i}");
            traces.Add(trace);
        }

        await harness.Cache.Operations.FlushAsync();

        Assert.All(traces, trace => Assert.Single(_spans.LinkedTo(trace)));
        Assert.Single(traces.Select(trace => _spans.LinkedTo(trace)[0].Flush).Distinct());

        await harness.Cache.SetAsync("k", "again");
        await harness.Cache.Operations.FlushAsync();
        Assert.All(traces, trace => Assert.Single(_spans.LinkedTo(trace)));
    }

    [Fact]
    public async Task A_flush_that_failed_is_linked_and_so_is_the_one_that_stores()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.BeforeSave = static _ => throw new StoreException("away", isTransient: true);
        using var trace = FlushSpans.Begin();
        await harness.Cache.SetAsync("k", "1");
        trace.Stop();
        await harness.Cache.Operations.FlushAsync();
        Assert.Single(_spans.LinkedTo(trace));

        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal("1", harness.Store.Text("k"));
        Assert.Equal(2, _spans.LinkedTo(trace).Count);
    }

    [Fact]
    public async Task A_trace_that_is_not_recorded_is_not_linked()
    {
        await using var harness = await CacheHarness.StartAsync();
        using var trace = FlushSpans.Begin(isRecorded: false);
        await harness.Cache.SetAsync("k", "1");
        trace.Stop();

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal("1", harness.Store.Text("k"));
        Assert.Empty(_spans.LinkedTo(trace));
    }

    [Fact]
    public void What_is_kept_of_writes_that_are_never_stored_is_bounded()
    {
        const int Keys = 20_000;
        var traces = new WriteTraces();
        using var trace = FlushSpans.Begin();
        for (var i = 0; i < Keys; i++)
        {
            Assert.Equal(trace.Id, traces.Begin($"key:{i}"));
        }

        Assert.InRange(Enumerable.Range(0, Keys).Count(i => traces.LinksTo([Taken($"key:{i}")]) is not null), 1, 4096);
        Assert.NotNull(traces.LinksTo([Taken($"key:{Keys - 1}")]));
    }

    [Fact]
    public void A_key_has_at_most_16_links_and_a_flush_128()
    {
        const int Writes = 200;
        var traces = new WriteTraces();
        for (var i = 0; i < Writes; i++)
        {
            using var trace = FlushSpans.Begin();
            traces.Begin($"key:{i}");
            traces.Begin("hot");
        }

        Assert.Equal(16, traces.LinksTo([Taken("hot")])!.Count);
        Assert.Equal(128, traces.LinksTo(Enumerable.Range(0, Writes).Select(static i => Taken($"key:{i}")))!.Count);
    }

    private static TakenEntry Taken(string key) =>
        new(new(1, "worker", 1), key, new CacheEntry { Version = 1, State = EntryState.Dirty }, Marker: null);
}
