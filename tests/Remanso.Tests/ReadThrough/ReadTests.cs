using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

[Collection(ManualClockTests.Name)]
public sealed class ReadTests
{
    [Fact]
    public async Task Ten_thousand_readers_of_one_missing_key_cause_one_load()
    {
        var gate = new Gate();
        var store = new ScriptedStore { OnLoad = (_, token) => gate.PassAsync(token) };
        store.Put("k", "v", 7);
        await using var harness = await CacheHarness.StartAsync(store: store);

        var readers = Enumerable.Range(0, 10_000).Select(_ => Task.Run(async () => await harness.Cache.GetAsync("k"))).ToArray();
        await gate.ArrivedAsync();
        gate.Open();
        var results = await Task.WhenAll(readers);

        Assert.Single(store.Loads);
        Assert.All(results, static result => Assert.Equal("v", result.Value));
        var statistics = await harness.Cache.Operations.GetStatisticsAsync();
        Assert.Equal(1, statistics.Loads.Queries);
        Assert.Equal(10_000, statistics.Reads.Store + statistics.Reads.Tier);
    }

    [Fact]
    public async Task Five_hundred_keys_missing_at_once_leave_in_at_most_K_plus_one_queries()
    {
        var gate = new Gate();
        var store = new ScriptedStore { OnLoad = (_, token) => gate.PassAsync(token) };
        await using var harness = await CacheHarness.StartAsync(options => options.Load.MaxConcurrent = 4, store);

        var readers = Enumerable.Range(0, 500).Select(i => harness.Cache.GetAsync($"k{i}").AsTask()).ToArray();
        await gate.ArrivedAsync(4);
        gate.Open();
        await Task.WhenAll(readers);

        Assert.Equal(5, store.Loads.Count);
        Assert.InRange(store.MostLoadsAtOnce, 1, 4);
        Assert.Equal(500, store.Loads.SelectMany(static keys => keys).Distinct().Count());
    }

    [Fact]
    public async Task Keys_asked_for_together_leave_as_one_query()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.Put("a", "1", 1);
        harness.Store.Put("c", "3", 3);

        var results = await harness.Cache.GetManyAsync(["a", "b", "c", "a"]);

        Assert.Equal(["a", "b", "c"], Assert.Single(harness.Store.Loads).Order());
        Assert.Equal("1", results["a"].Value);
        Assert.False(results["b"].Found);
        Assert.Equal(3, results["c"].Version);
    }

    [Fact]
    public async Task Many_keys_share_the_flights_of_single_ones()
    {
        var gate = new Gate();
        var store = new ScriptedStore { OnLoad = (_, token) => gate.PassAsync(token) };
        store.Put("a", "1", 1);
        await using var harness = await CacheHarness.StartAsync(store: store);

        var single = harness.Cache.GetAsync("a").AsTask();
        await gate.ArrivedAsync();
        var many = harness.Cache.GetManyAsync(["a", "b"]).AsTask();
        gate.Open();

        Assert.True((await many)["a"].Joined);
        Assert.False((await single).Joined);
        Assert.Equal(1, store.Loads.SelectMany(static keys => keys).Count(static key => key == "a"));
    }

    [Fact]
    public async Task A_failed_load_is_everybodys_exception_and_nothing_is_cached()
    {
        var gate = new Gate();
        var store = new ScriptedStore
        {
            OnLoad = async (_, token) =>
            {
                await gate.PassAsync(token);
                throw new StoreException("down", isTransient: true);
            },
        };
        await using var harness = await CacheHarness.StartAsync(store: store);

        var readers = Enumerable.Range(0, 50).Select(_ => harness.Cache.GetAsync("k").AsTask()).ToArray();
        await gate.ArrivedAsync();
        gate.Open();
        foreach (var reader in readers)
        {
            Assert.Equal("down", (await Assert.ThrowsAsync<StoreException>(() => reader)).Message);
        }

        Assert.Single(store.Loads);
        store.OnLoad = static (_, _) => Task.CompletedTask;
        store.Put("k", "v", 1);
        harness.Time.Advance(harness.Options.Load.FirstBackoff);
        Assert.Equal("v", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_known_absent_key_is_cached_for_its_own_shorter_time()
    {
        await using var harness = await CacheHarness.StartAsync(options =>
            (options.Ttl.Absent, options.Ttl.Jitter) = (TimeSpan.FromSeconds(10), 0)
        );

        Assert.False((await harness.Cache.GetAsync("k")).Found);
        Assert.False((await harness.Cache.GetAsync("k")).Found);
        Assert.Single(harness.Store.Loads);

        harness.Store.Put("k", "v", 1);
        harness.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("v", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_load_that_asks_for_its_own_key_fails_loudly()
    {
        await using var harness = await CacheHarness.StartAsync();

        var read = harness
            .Cache.GetOrLoadAsync("k", async (key, token) =>
                (await harness.Cache.GetOrLoadAsync(key, static (_, _) => ValueTask.FromResult<string?>("inner"), token)).Value
            )
            .AsTask();

        await Assert.ThrowsAsync<RecursiveLoadException>(() => read.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_caller_that_gives_up_harms_nobody_and_the_last_one_cancels_the_query()
    {
        var cancelled = new TaskCompletionSource();
        var gate = new Gate();
        var store = new ScriptedStore
        {
            OnLoad = async (_, token) =>
            {
                try
                {
                    await gate.PassAsync(token);
                }
                catch (OperationCanceledException)
                {
                    cancelled.TrySetResult();
                    throw;
                }
            },
        };
        await using var harness = await CacheHarness.StartAsync(store: store);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();

        var impatient = harness.Cache.GetAsync("k", first.Token).AsTask();
        await gate.ArrivedAsync();
        var patient = harness.Cache.GetAsync("k", second.Token).AsTask();
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        Assert.False(cancelled.Task.IsCompleted);

        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => patient);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_load_that_never_returns_frees_its_key_at_the_deadline()
    {
        var hung = new TaskCompletionSource();
        var store = new ScriptedStore { OnLoad = (_, _) => hung.Task };
        await using var harness = await CacheHarness.StartAsync(options => options.Load.Timeout = TimeSpan.FromSeconds(3), store);

        var read = harness.Cache.GetAsync("k").AsTask();
        harness.Time.Advance(TimeSpan.FromSeconds(4));
        await Assert.ThrowsAsync<TimeoutException>(() => read.WaitAsync(TimeSpan.FromSeconds(10)));

        store.OnLoad = static (_, _) => Task.CompletedTask;
        harness.Time.Advance(harness.Options.Load.FirstBackoff);
        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }

    [Fact]
    public async Task A_stale_value_is_served_when_the_store_fails()
    {
        await using var harness = await CacheHarness.StartAsync(options =>
            (options.Ttl.Base, options.Ttl.Grace, options.Ttl.Jitter) = (TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), 0)
        );
        harness.Store.Put("k", "v", 1);
        await harness.Cache.GetAsync("k");

        harness.Time.Advance(TimeSpan.FromSeconds(20));
        harness.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);
        var stale = await harness.Cache.GetAsync("k");
        Assert.True(stale.Stale);
        Assert.Equal("v", stale.Value);

        harness.Time.Advance(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.GetAsync("k").AsTask());
    }

    [Fact]
    public async Task A_row_deleted_behind_the_caches_back_is_absent_once_its_copy_is_stale()
    {
        await using var harness = await CacheHarness.StartAsync(options =>
            (options.Ttl.Base, options.Ttl.Jitter) = (TimeSpan.FromSeconds(10), 0)
        );
        harness.Store.Put("k", "v", 5);
        await harness.Cache.GetAsync("k");

        harness.Store.Rows.Clear();
        harness.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.False((await harness.Cache.GetAsync("k")).Found);
    }

    [Fact]
    public async Task A_row_without_a_version_replaces_the_stale_copy_of_what_was_written()
    {
        await using var harness = await CacheHarness.StartAsync(options =>
            (options.Ttl.Base, options.Ttl.Jitter) = (TimeSpan.FromSeconds(10), 0)
        );
        await harness.Cache.SetAsync("k", "written");
        await harness.Cache.Operations.FlushAsync();

        harness.Store.Put("k", "changed", 0);
        harness.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal("changed", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task Reading_the_store_alone_caches_nothing_and_reading_the_tier_alone_loads_nothing()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.Put("k", "v", 1);

        Assert.False((await harness.Cache.GetAsync("k", ReadFrom.Tier)).Found);
        Assert.Empty(harness.Store.Loads);
        Assert.Equal("v", (await harness.Cache.GetAsync("k", ReadFrom.Store)).Value);
        Assert.False((await harness.Cache.GetAsync("k", ReadFrom.Tier)).Found);
    }

    [Fact]
    public async Task Ten_thousand_entries_filled_at_once_expire_spread_over_the_jitter()
    {
        await using var harness = await CacheHarness.StartAsync(options =>
            (options.Ttl.Base, options.Load.MaxBatch) = (TimeSpan.FromSeconds(60), 10_000)
        );
        var keys = Enumerable.Range(0, 10_000).Select(static i => $"k{i}").ToArray();
        Array.ForEach(keys, key => harness.Store.Put(key, "v", 1));

        var results = await harness.Cache.GetManyAsync(keys);

        var seconds = results.Values.Select(static result => (result.Entry!.FreshUntil - result.Entry.CachedAt) / 1_000_000d).ToArray();
        Assert.All(seconds, static ttl => Assert.InRange(ttl, 48, 72));
        Assert.True(seconds.GroupBy(static ttl => (int)ttl).Max(static second => second.Count()) <= 800);
        Assert.True(seconds.Max() - seconds.Min() > 23);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("a\u0085b")]
    public async Task A_bad_key_is_refused_before_anything_is_read(string key)
    {
        await using var harness = await CacheHarness.StartAsync();

        await Assert.ThrowsAsync<InvalidKeyException>(() => harness.Cache.GetAsync(key).AsTask());
        await Assert.ThrowsAsync<InvalidKeyException>(async () => await harness.Cache.SetAsync(key, "v"));
        Assert.Empty(harness.Store.Loads);
    }

    [Fact]
    public async Task A_key_that_is_no_valid_Unicode_is_refused()
    {
        await using var harness = await CacheHarness.StartAsync();

        await Assert.ThrowsAsync<InvalidKeyException>(() => harness.Cache.GetAsync("a\ud800b").AsTask());
    }

    [Fact]
    public async Task A_key_may_have_1024_bytes_and_not_one_more()
    {
        await using var harness = await CacheHarness.StartAsync();

        await harness.Cache.SetAsync(new string('é', 512), "v");
        await Assert.ThrowsAsync<InvalidKeyException>(async () => await harness.Cache.SetAsync(new string('é', 512) + "a", "v"));
    }
}
