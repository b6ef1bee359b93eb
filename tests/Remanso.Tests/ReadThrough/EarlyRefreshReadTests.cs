using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

[Collection(ManualClockTests.Name)]
public sealed class EarlyRefreshReadTests
{
    private static readonly TimeSpan _loadTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _ttl = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_hot_key_never_makes_a_reader_wait_after_its_first_load()
    {
        await using var harness = await StartAsync();
        TaskCompletionSource? loading = null;
        harness.Store.OnLoad = (_, _) => (loading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        long refreshes = 0,
            cachedAt = 0;
        var left = TimeSpan.Zero;

        // A read every millisecond over twelve TTLs. That none of the hundred readers of the last but one load time
        // begins a refresh has a probability of e^-36 a TTL.
        for (var ms = 0; ms < 60_000; ms++)
        {
            var read = harness.Cache.GetAsync("k");
            Assert.True(read.IsCompletedSuccessfully, $"The reader at {ms} ms waits.");
            cachedAt = (await read).Entry!.CachedAt;
            if ((await harness.Cache.Operations.GetStatisticsAsync()).Loads.EarlyRefreshes > refreshes)
            {
                refreshes++;
                left = _loadTime;
                await Until.TrueAsync(() => loading is not null, "the refresh is at the store");
            }

            harness.Time.Advance(TimeSpan.FromMilliseconds(1));
            left -= TimeSpan.FromMilliseconds(1);
            if (loading is not null && left <= TimeSpan.Zero)
            {
                loading.SetResult();
                loading = null;
                await Until.TrueAsync(
                    () => harness.Cache.GetAsync("k", ReadFrom.Tier).Result.Entry!.CachedAt > cachedAt,
                    "the refresh has filled"
                );
                await Until.TrueAsync(static () => ThreadPool.PendingWorkItemCount == 0, "its flight has ended");
            }
        }

        Assert.InRange(refreshes, 12, 20);
    }

    [Fact]
    public void Simulated_readers_of_a_hot_key_begin_its_refresh_in_time_whatever_the_seed()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            long now = 0,
                began = -1;
            while (began < 0 && now < 1_000_000)
            {
                began = EarlyRefresh.ShouldRefresh(now, 1_000_000, 20_000, EarlyRefresh.DefaultBeta, random.NextDouble()) ? now : -1;
                now += 100;
            }

            Assert.InRange(began, 1_000_000 - (40 * 20_000), 1_000_000 - 20_000);
        }
    }

    [Fact]
    public async Task Beta_of_zero_turns_it_off()
    {
        await using var harness = await StartAsync(static options => options.Load.EarlyRefreshBeta = 0);

        for (var ms = 0; ms < 4_950; ms += 10)
        {
            await harness.Cache.GetAsync("k");
            harness.Time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.Single(harness.Store.Loads);
    }

    [Fact]
    public async Task A_key_has_one_refresh_at_a_time_however_many_read_it()
    {
        await using var harness = await StartAsync(static options => options.Load.EarlyRefreshBeta = 100);
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);

        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(harness.Cache.GetAsync("k").IsCompletedSuccessfully);
        }

        await gate.ArrivedAsync();
        Assert.Equal(2, harness.Store.Loads.Count);
        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Loads.EarlyRefreshes);
        gate.Open();
    }

    [Fact]
    public async Task A_reader_who_comes_when_the_copy_is_over_waits_for_the_refresh_that_is_under_way()
    {
        await using var harness = await StartAsync(static options =>
            (options.Load.EarlyRefreshBeta, options.Ttl.Grace) = (100, TimeSpan.Zero)
        );
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        await ReadUntilRefreshAsync(harness);
        await gate.ArrivedAsync();
        harness.Time.Advance(_ttl);

        var read = harness.Cache.GetAsync("k").AsTask();
        gate.Open();

        Assert.True((await read).Joined);
        Assert.Equal(2, harness.Store.Loads.Count);
    }

    [Fact]
    public async Task A_refresh_that_fails_bothers_no_reader_and_backs_off()
    {
        await using var harness = await StartAsync(static options => options.Load.EarlyRefreshBeta = 100);
        harness.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);
        await ReadUntilRefreshAsync(harness);
        await harness.AdvanceUntilAsync(() => harness.Store.Loads.Count == 2, "the refresh has failed");

        for (var i = 0; i < 1_000; i++)
        {
            Assert.Equal(ReadFlags.Found, (await harness.Cache.GetAsync("k")).Flags);
        }

        Assert.InRange(harness.Store.Loads.Count, 2, 3);
    }

    [Fact]
    public async Task Keys_read_together_are_refreshed_by_one_query()
    {
        await using var harness = await StartAsync(static options => options.Load.EarlyRefreshBeta = 100);

        // With a window of 100 load times, only a random number above 0.99 keeps a key from its refresh. Each try has keys
        // of its own, for a key that was refreshed, by a load of no time, is not refreshed again.
        for (var attempt = 0; attempt < 20; attempt++)
        {
            string[] keys = [$"a{attempt}", $"b{attempt}", $"c{attempt}"];
            Array.ForEach(keys, key => harness.Store.Put(key, "v", 1));
            await LoadFirstAsync(harness, _ttl, keys);
            harness.Store.Loads.Clear();
            await harness.Cache.GetManyAsync(keys);
            await CacheHarness.SettleAsync();
            if (harness.Store.Loads.TryPeek(out var query) && query.Count == 3)
            {
                Assert.Single(harness.Store.Loads);
                return;
            }

            Assert.InRange(harness.Store.Loads.Count, 0, 1);
        }

        Assert.Fail("Twenty times some of three keys were not refreshed.");
    }

    private static async Task<CacheHarness> StartAsync(Action<CacheOptions>? configure = null)
    {
        var harness = await CacheHarness.StartAsync(options =>
        {
            (options.Ttl.Base, options.Ttl.Jitter) = (_ttl, 0);
            configure?.Invoke(options);
        });
        harness.Store.Put("k", "v", 1);
        await LoadFirstAsync(harness, _loadTime, "k");
        return harness;
    }

    /// <summary>The first load, of exactly this time; later ones take none.</summary>
    private static async Task LoadFirstAsync(CacheHarness harness, TimeSpan loadTime, params string[] keys)
    {
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        var first = harness.Cache.GetManyAsync(keys).AsTask();
        await gate.ArrivedAsync();
        harness.Time.Advance(loadTime);
        gate.Open();
        await first;
        harness.Store.OnLoad = static (_, _) => Task.CompletedTask;
    }

    private static async Task ReadUntilRefreshAsync(CacheHarness harness)
    {
        for (var i = 0; i < 10_000 && (await harness.Cache.Operations.GetStatisticsAsync()).Loads.EarlyRefreshes == 0; i++)
        {
            await harness.Cache.GetAsync("k");
        }

        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Loads.EarlyRefreshes);
    }
}
