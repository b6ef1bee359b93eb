using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.ReadThrough;

[Collection(ManualClockTests.Name)]
public sealed class PreloadTests
{
    [Fact]
    public async Task Keys_are_loaded_in_batches_one_at_a_time_and_every_batch_is_reported()
    {
        await using var harness = await StartAsync(2_000);
        var reports = new Reports();

        var sums = await harness.Cache.PreloadAsync(Keys(2_500), reports);

        Assert.Equal(new PreloadProgress(2_500, 2_000, 2_500), sums);
        Assert.Equal(
            [new PreloadProgress(1_000, 1_000, 1_000), new PreloadProgress(2_000, 2_000, 2_000), new PreloadProgress(2_500, 2_000, 2_500)],
            reports.Seen
        );
        Assert.Equal([1_000, 1_000, 500], harness.Store.Loads.Select(static keys => keys.Count));
        Assert.Equal(1, harness.Store.MostLoadsAtOnce);
        Assert.True(harness.Cache.GetAsync("k7").IsCompletedSuccessfully);
        Assert.Equal(3, harness.Store.Loads.Count);
    }

    [Fact]
    public async Task What_is_there_is_not_loaded_again()
    {
        await using var harness = await StartAsync(10);
        await harness.Cache.PreloadAsync(Keys(4));
        await harness.Cache.SetAsync("k4", "written");

        var sums = await harness.Cache.PreloadAsync(Keys(10));

        Assert.Equal(new PreloadProgress(10, 10, 5), sums);
        Assert.Equal("written", (await harness.Cache.GetAsync("k4")).Value);
    }

    [Fact]
    public async Task The_keys_of_a_query_are_read_no_further_ahead_than_a_batch()
    {
        await using var harness = await StartAsync(10);
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        var read = 0;

        var preload = harness.Cache.PreloadAsync(QueryAsync(), batchSize: 3).AsTask();
        await gate.ArrivedAsync();
        Assert.Equal(3, read);
        gate.Open();

        Assert.Equal(new PreloadProgress(10, 10, 10), await preload);

        async IAsyncEnumerable<string> QueryAsync()
        {
            foreach (var key in Keys(10))
            {
                await Task.Yield();
                read++;
                yield return key;
            }
        }
    }

    [Fact]
    public async Task A_reader_joins_a_load_of_the_preload_and_the_rest_of_the_bulkhead_is_his()
    {
        await using var harness = await StartAsync(10);
        var gate = new Gate();
        harness.Store.OnLoad = (keys, token) => keys.Contains("k1") ? gate.PassAsync(token) : Task.CompletedTask;
        var preload = harness.Cache.PreloadAsync(Keys(5)).AsTask();
        await gate.ArrivedAsync();

        var joined = harness.Cache.GetAsync("k1").AsTask();
        Assert.Equal("v", (await harness.Cache.GetAsync("k9")).Value);
        gate.Open();

        Assert.True((await joined).Joined);
        await preload;
        Assert.Equal(2, harness.Store.Loads.Count);
    }

    [Fact]
    public async Task A_failing_store_or_a_cancelled_caller_ends_it_and_the_next_one_goes_on()
    {
        await using var harness = await StartAsync(10, static options => options.Load.FirstBackoff = TimeSpan.Zero);
        harness.Store.OnLoad = static (keys, _) =>
            keys.Contains("k4") ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        using var cancelled = new CancellationTokenSource();

        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.PreloadAsync(Keys(10), batchSize: 3).AsTask());
        harness.Store.OnLoad = static (_, _) => Task.CompletedTask;
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            harness.Cache.PreloadAsync(Keys(10), cancellationToken: cancelled.Token).AsTask()
        );

        Assert.Equal(new PreloadProgress(10, 10, 7), await harness.Cache.PreloadAsync(Keys(10)));
    }

    [Fact]
    public async Task A_store_that_is_away_ends_it_though_some_keys_are_there()
    {
        await using var harness = await StartAsync(10);
        await harness.Cache.PreloadAsync(["k3"]);
        harness.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);

        await Assert.ThrowsAsync<StoreException>(() => harness.Cache.PreloadAsync(Keys(10)).AsTask());
    }

    [Fact]
    public async Task After_a_restart_readers_fill_tier_and_near_cache_without_a_burst_on_the_store()
    {
        await using var harness = await StartAsync(200, static options => (options.Near.Enabled, options.Load.MaxConcurrent) = (true, 4));
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);

        // Two thousand readers find everything empty.
        var reads = Enumerable.Range(0, 2_000).Select(i => harness.Cache.GetAsync($"k{i % 200}").AsTask()).ToArray();
        await gate.ArrivedAsync(4);
        gate.Open();
        await Task.WhenAll(reads);

        Assert.Equal(4, harness.Store.MostLoadsAtOnce);
        Assert.Equal(200, harness.Store.Loads.Sum(static keys => keys.Count));
        Assert.InRange(harness.Store.Loads.Count, 5, 12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_001)]
    public async Task A_batch_size_out_of_range_is_refused(int batchSize)
    {
        await using var harness = await StartAsync(1);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => harness.Cache.PreloadAsync(Keys(1), batchSize: batchSize).AsTask());
    }

    private static IEnumerable<string> Keys(int count) => Enumerable.Range(0, count).Select(static i => $"k{i}");

    private static async Task<CacheHarness> StartAsync(int rows, Action<CacheOptions>? configure = null)
    {
        var harness = await CacheHarness.StartAsync(configure);
        foreach (var key in Keys(rows))
        {
            harness.Store.Put(key, "v", 1);
        }

        return harness;
    }

    private sealed class Reports : IProgress<PreloadProgress>
    {
        public List<PreloadProgress> Seen { get; } = [];

        public void Report(PreloadProgress value) => Seen.Add(value);
    }
}
