using Remanso.Client.Tests.Support;
using Remanso.Stores;

namespace Remanso.Client.Tests;

/// <summary>What operators do: flush, invalidate, expire, preload, look at counts.</summary>
public sealed class MaintenanceTests
{
    [Fact]
    public async Task Flush_stores_what_is_dirty_and_says_what_failed()
    {
        await using var api = await ApiHost.StartAsync(static cache => cache.Flush.Interval = TimeSpan.FromSeconds(30));
        api.Store.BeforeSave = batch =>
            batch.Any(static write => write.Key == "bad")
                ? throw new StoreException("too long", isTransient: false) { BlamesRow = true }
                : Task.CompletedTask;
        await api.Cache.SetTextAsync("a", "1");
        await api.Cache.SetTextAsync("bad", "1");

        var flushed = await api.Cache.FlushAsync();

        Assert.Equal("1", api.Store.Text("a"));
        Assert.Equal("bad", Assert.Single(flushed.Failed).Key);
        Assert.Contains("too long", flushed.Failed["bad"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys")]
    [InlineData("tags")]
    [InlineData("all")]
    public async Task Invalidated_copies_are_loaded_again_and_expired_ones_too(string what)
    {
        await using var api = await ApiHost.StartAsync();
        for (var version = 1L; version <= 2; version++)
        {
            await api.Cache.SetTextAsync("k", "cached", new() { Tags = ["t"], Durability = WriteDurability.Stored });
            Assert.Equal("cached", (await api.Cache.GetAsync("k")).GetText());
            var row = api.Store.Rows["k"];
            api.Store.Put("k", "changed", row.Version + 1);

            await (
                (what, version) switch
                {
                    ("keys", 1) => api.Cache.InvalidateAsync(["k"]),
                    ("tags", 1) => api.Cache.InvalidateTagsAsync(["t"]),
                    ("all", 1) => api.Cache.InvalidateAllAsync(),
                    ("keys", _) => api.Cache.ExpireAsync(["k"]),
                    ("tags", _) => api.Cache.ExpireTagsAsync(["t"]),
                    _ => api.Cache.ExpireAllAsync(),
                }
            );

            Assert.Equal("changed", (await api.Cache.GetAsync("k")).GetText());
        }
    }

    [Fact]
    public async Task Preload_loads_part_by_part_and_tells_how_far_it_is()
    {
        await using var api = await ApiHost.StartAsync();
        api.Store.Put("k1", "v", version: 1);
        api.Store.Put("k4", "v", version: 1);
        List<PreloadAnswer> told = [];

        var done = await api.Cache.PreloadAsync(Enumerable.Range(0, 5).Select(static n => $"k{n}"), new Told(told), keysPerCall: 2);

        Assert.Equal([2, 4, 5], told.Select(static sum => sum.Keys));
        Assert.Equal((5, 2, 0), (done.Keys, done.Found, done.Failed));
        Assert.Equal(done, told[^1]);
        Assert.Equal(EntryOutcome.Hit, (await api.Cache.GetAsync("k4")).Outcome);
        Assert.Equal(new PreloadAnswer(0, 0, 0, 0), await api.Cache.PreloadAsync([]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => api.Cache.PreloadAsync(["k"], keysPerCall: 0));
    }

    [Fact]
    public async Task Counts_are_those_of_the_server()
    {
        await using var api = await ApiHost.StartAsync();
        await api.Cache.SetTextAsync("a", "1", new() { Durability = WriteDurability.Stored });
        await api.Cache.GetAsync("a");
        await api.Cache.GetAsync("none");

        var counts = (await api.Client.GetStatisticsAsync())["default"];

        Assert.Equal((1, 1, 1, 0), (counts.Writes, counts.Flush.Stored, counts.Loads.Queries, counts.Dirty.Entries));
        Assert.Equal(1, counts.Reads.Tier + counts.Reads.Near);
        Assert.Equal((1, "closed"), (counts.Flights.Led, counts.Circuit));
    }

    [Fact]
    public async Task Processes_are_those_that_the_server_sees()
    {
        await using var api = await ApiHost.StartAsync();

        var process = Assert.Single(await api.Client.GetProcessesAsync());

        Assert.Equal(
            (true, "alive", string.Empty, Environment.MachineName, Environment.ProcessId),
            (process.This, process.State, process.Role, process.Machine, process.Pid)
        );
        Assert.NotEmpty(process.Version);
        Assert.InRange(process.SilentMs, 0, 60_000);
        Assert.True(process.StartedAt > DateTimeOffset.UnixEpoch);
        var part = process.Caches["default"];
        Assert.Equal(("alive", true, 64), (part.State, part.Flushes, part.Of));
    }

    [Fact]
    public async Task Ready_says_what_is_missing()
    {
        await using var api = await ApiHost.StartAsync();
        Assert.Equal((true, 0), (await api.Client.GetReadinessAsync()) is var ready ? (ready.IsReady, ready.Problems.Count) : default);

        await using var broken = await ScriptedApi.StartAsync(
            static (_, context) =>
            {
                context.Response.StatusCode = 503;
                context.Response.ContentType = "application/problem+json";
                return Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(
                    context.Response,
                    """{"type":"urn:remanso:problem:not-ready","status":503,"detail":"a b","problems":["a","b"]}"""
                );
            }
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = broken.Address });
        var answer = await client.GetReadinessAsync();
        Assert.False(answer.IsReady);
        Assert.Equal(["a", "b"], answer.Problems);
    }

    private sealed class Told(List<PreloadAnswer> sums) : IProgress<PreloadAnswer>
    {
        public void Report(PreloadAnswer value) => sums.Add(value);
    }
}
