using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

[Collection(ManualClockTests.Name)]
public sealed class StaleReadTests
{
    private static readonly TimeSpan _soft = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task A_reader_with_a_stale_copy_waits_for_the_soft_timeout_and_the_load_fills_behind_it()
    {
        await using var harness = await StartStaleAsync();
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        harness.Store.Put("k", "new", 2);

        var read = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        Assert.False(read.IsCompleted);
        harness.Time.Advance(_soft);
        var stale = await read;

        Assert.Equal(("old", true, ReadFlags.Found | ReadFlags.Stale | ReadFlags.Slow), (stale.Value, stale.Stale, stale.Flags));
        gate.Open();
        await harness.AdvanceUntilAsync(
            () => harness.Cache.GetAsync("k", ReadFrom.Tier) is { IsCompleted: true, Result.Value: "new" },
            "the load has filled"
        );
        Assert.Equal(2, harness.Store.Loads.Count);
        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Reads.Stale);
    }

    [Fact]
    public async Task Readers_who_come_after_the_soft_timeout_of_a_load_wait_for_nothing()
    {
        await using var harness = await StartStaleAsync();
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        var first = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        harness.Time.Advance(_soft);
        await first;

        for (var i = 0; i < 100; i++)
        {
            var read = harness.Cache.GetAsync("k");
            Assert.True(read.IsCompleted);
            Assert.True((await read).Stale);
        }

        Assert.Equal(2, harness.Store.Loads.Count);
        Assert.Equal(101, (await harness.Cache.Operations.GetStatisticsAsync()).Loads.SoftTimeouts);
        gate.Open();
    }

    [Fact]
    public async Task A_soft_timeout_of_zero_serves_the_stale_copy_at_once()
    {
        await using var harness = await StartStaleAsync(static options => options.Load.SoftTimeout = TimeSpan.Zero);
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);

        Assert.Equal("old", (await harness.Cache.GetAsync("k")).Value);

        await gate.ArrivedAsync();
        gate.Open();
    }

    [Fact]
    public async Task A_caller_with_a_stale_copy_that_gives_up_leaves_the_load_running()
    {
        await using var harness = await StartStaleAsync();
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        harness.Store.Put("k", "new", 2);
        using var gone = new CancellationTokenSource();

        var read = harness.Cache.GetAsync("k", gone.Token).AsTask();
        await gate.ArrivedAsync();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        gate.Open();

        await harness.AdvanceUntilAsync(
            () => harness.Cache.GetAsync("k", ReadFrom.Tier) is { IsCompleted: true, Result.Value: "new" },
            "the load has filled"
        );
    }

    [Fact]
    public async Task A_load_over_a_stale_copy_has_no_context_of_the_caller()
    {
        var request = new AsyncLocal<string?> { Value = "request 1" };
        await using var harness = await StartStaleAsync();
        var seen = "nothing yet";

        await harness.Cache.GetOrLoadAsync(
            "k",
            (LoadContext<string, string> _, CancellationToken _) =>
            {
                seen = request.Value ?? "none";
                return ValueTask.FromResult<string?>("new");
            },
            new ReadOptions { InBackground = true }
        );

        Assert.Equal("none", seen);
        Assert.Equal("request 1", request.Value);
    }

    [Fact]
    public async Task A_load_that_asks_for_its_own_key_fails_loudly_although_there_is_a_stale_copy()
    {
        await using var harness = await StartStaleAsync();
        var inner = new TaskCompletionSource<Exception?>();

        var read = await harness.Cache.GetOrLoadAsync("k", async (key, token) =>
        {
            inner.SetResult(await Record.ExceptionAsync(() => harness.Cache.GetAsync(key, token).AsTask()));
            return "new";
        });

        Assert.IsType<RecursiveLoadException>(await inner.Task);
        Assert.Equal("new", read.Value);
    }

    [Fact]
    public async Task While_the_store_stalls_fresh_keys_are_read_as_ever_stale_ones_within_the_soft_timeout_and_recovery_is_no_burst()
    {
        const int Most = 4;
        await using var harness = await CacheHarness.StartAsync(options =>
        {
            (options.Ttl.Base, options.Ttl.Grace, options.Ttl.Jitter) = (TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5), 0);
            (options.Load.MaxConcurrent, options.Load.MaxBatch, options.Load.SoftTimeout, options.Load.Timeout) = (
                Most,
                10,
                _soft,
                TimeSpan.FromMinutes(1)
            );
        });
        var stale = Enumerable.Range(0, 100).Select(static i => $"stale:{i}").ToArray();
        Array.ForEach(stale, key => harness.Store.Put(key, "old", 1));
        await harness.Cache.GetManyAsync(stale);
        harness.Time.Advance(TimeSpan.FromSeconds(11));
        harness.Store.Put("fresh", "v", 1);
        await harness.Cache.GetOrLoadAsync("fresh", static (context, _) =>
        {
            context.Ttl = TimeSpan.FromHours(1);
            return ValueTask.FromResult<string?>("v");
        });
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);

        for (var second = 0; second < 30; second++)
        {
            var reads = stale.Select(key => harness.Cache.GetAsync(key).AsTask()).ToArray();
            await harness.AdvanceUntilAsync(() => reads.All(static read => read.IsCompleted), "stale readers are served");
            Assert.All(reads, static read => Assert.True(read is { Result: { Stale: true, Value: "old" } }));
            var fresh = harness.Cache.GetAsync("fresh");
            Assert.True(fresh.IsCompletedSuccessfully);
            Assert.False((await fresh).Stale);
            harness.Time.Advance(TimeSpan.FromMilliseconds(750));
        }

        await gate.ArrivedAsync(Most);
        Assert.Equal(Most, harness.Store.MostLoadsAtOnce);
        gate.Open();
        await harness.AdvanceUntilAsync(
            () => stale.All(key => harness.Cache.GetAsync(key, ReadFrom.Tier) is { IsCompleted: true, Result.Found: true }),
            "all are loaded"
        );
        Assert.Equal(Most, harness.Store.MostLoadsAtOnce);
        Assert.InRange(harness.Store.Loads.Count, 1, 30);
    }

    private static async Task<CacheHarness> StartStaleAsync(Action<CacheOptions>? configure = null)
    {
        var harness = await CacheHarness.StartAsync(options =>
        {
            (options.Ttl.Base, options.Ttl.Grace, options.Ttl.Jitter) = (TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), 0);
            options.Load.SoftTimeout = _soft;
            configure?.Invoke(options);
        });
        harness.Store.Put("k", "old", 1);
        await harness.Cache.GetAsync("k");
        harness.Time.Advance(TimeSpan.FromSeconds(11));
        return harness;
    }
}
