using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>Caches that bring every version of a key to their store.</summary>
[Collection(ManualClockTests.Name)]
public sealed class EveryVersionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_writes_of_a_key_are_twenty_versions_in_order_and_one_row()
    {
        await using var harness = await StartAsync();
        var versions = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            versions.Add((await harness.Cache.SetAsync("k", $"{i}")).Version);
        }

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(versions.Select(static (version, i) => (version, (string?)$"{i}")), harness.Store.HistoryOf("k"));
        Assert.Equal("19", harness.Store.Text("k"));
        var flush = (await harness.Registry.GetStatisticsAsync())["test"].Flush;
        Assert.Equal(20, flush.Stored);
    }

    [Fact]
    public async Task Additions_updates_and_deletes_are_versions_with_what_they_left()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "1");
        await harness.Cache.UpdateAsync("k", static value => value + "2");
        await harness.Cache.RemoveAsync("k");
        await harness.Cache.SetAsync("k", "last");

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(["1", "12", null, "last"], harness.Store.HistoryOf("k").Select(static version => version.Value));
    }

    [Fact]
    public async Task Every_acknowledged_version_of_concurrent_writers_is_there_exactly_once()
    {
        const int Writers = 8;
        await using var harness = await StartAsync(static options => options.Flush.BatchSize = 7);
        var gate = new Gate();
        var writing = Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(_ =>
                    Task.Run(
                        async () =>
                        {
                            await gate.PassAsync(Cancelled);
                            var versions = new List<long>();
                            for (var i = 0; i < 40; i++)
                            {
                                versions.Add((await harness.Cache.SetAsync("k", "v")).Version);
                            }

                            return versions;
                        },
                        Cancelled
                    )
                )
        );
        await gate.ArrivedAsync(Writers);
        gate.Open();
        while (!writing.IsCompleted)
        {
            await harness.Cache.Operations.FlushAsync();
        }

        await harness.Cache.Operations.FlushAsync();

        var accepted = (await writing).SelectMany(static versions => versions).Order();
        Assert.Equal(accepted, harness.Store.HistoryOf("k").Select(static version => version.Version));
    }

    [Fact]
    public async Task A_save_whose_answer_was_lost_is_repeated_without_doubles()
    {
        await using var harness = await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await harness.Cache.SetAsync("k", $"{i}");
        }

        harness.Store.AfterSave = static _ => throw new TimeoutException("The answer was lost.");
        Assert.NotEmpty((await harness.Cache.Operations.FlushAsync()).Failed);
        harness.Store.AfterSave = static _ => Task.CompletedTask;
        await harness.Cache.SetAsync("k", "3");

        await harness.AdvanceUntilAsync(() => harness.Store.Text("k") == "3", "the rest is stored");

        Assert.Equal(["0", "1", "2", "3"], harness.Store.HistoryOf("k").Select(static version => version.Value));
        Assert.Equal(
            ["1", "2"],
            harness.Store.Saves.Last()[0].Earlier.Select(static write => System.Text.Encoding.UTF8.GetString(write.Value.Span))
        );
    }

    [Fact]
    public async Task A_part_that_was_stored_further_than_a_probe_takes_is_not_told_as_superseded()
    {
        await using var harness = await StartAsync(static options => options.Flush.BatchSize = 50);
        for (var i = 0; i < 30; i++)
        {
            await harness.Cache.SetAsync("k", $"{i}");
        }

        harness.Store.AfterSave = static _ => throw new TimeoutException("The answer was lost.");
        for (var i = 0; i < 6; i++)
        {
            await harness.Cache.Operations.FlushAsync();
        }

        harness.Store.AfterSave = static _ => Task.CompletedTask;

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(30, harness.Store.HistoryOf("k").Count);
        Assert.Equal(0, (await harness.Registry.GetStatisticsAsync())["test"].Flush.Superseded);
        Assert.Equal(0, (await harness.Registry.GetStatisticsAsync())["test"].Dirty.Entries);
    }

    [Fact]
    public async Task No_batch_has_more_versions_than_its_size()
    {
        await using var harness = await StartAsync(static options => options.Flush.BatchSize = 5);
        for (var i = 0; i < 23; i++)
        {
            await harness.Cache.SetAsync("hot", $"{i}");
        }

        await harness.Cache.SetAsync("cold", "1");

        await harness.Cache.Operations.FlushAsync();

        Assert.All(harness.Store.Saves, static batch => Assert.InRange(batch.Sum(static write => write.Earlier.Count + 1), 1, 5));
        Assert.Equal(
            Enumerable.Range(0, 23).Select(static i => $"{i}"),
            harness.Store.HistoryOf("hot").Select(static version => version.Value)
        );
        Assert.Equal("1", harness.Store.Text("cold"));
        Assert.Equal(("22", 0), (harness.Store.Text("hot"), (await harness.Registry.GetStatisticsAsync())["test"].Dirty.Entries));
    }

    [Fact]
    public async Task Each_writer_that_waits_for_the_store_is_told_of_its_own_version()
    {
        await using var harness = await StartAsync(static options => options.Flush.BatchSize = 2);
        var writes = Enumerable
            .Range(0, 5)
            .Select(i => harness.Cache.SetAsync("k", $"{i}", new WriteOptions { Durability = Durability.Stored }).AsTask())
            .ToArray();

        await harness.AdvanceUntilAsync(() => writes.All(static write => write.IsCompleted), "all writers are told");

        Assert.Equal(
            (await Task.WhenAll(writes)).Select(static receipt => receipt.Version),
            harness.Store.HistoryOf("k").Select(static version => version.Version)
        );
    }

    [Fact]
    public async Task A_key_that_the_store_refuses_waits_with_all_its_versions_until_it_is_replayed()
    {
        await using var harness = await StartAsync();
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "bad") ? throw new StoreException("too long", isTransient: false) : Task.CompletedTask;
        for (var i = 0; i < 3; i++)
        {
            await harness.Cache.SetAsync("bad", $"{i}");
        }

        await harness.Cache.SetAsync("good", "1");

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal("bad", Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync()).Key);
        Assert.Empty(harness.Store.HistoryOf("bad"));
        Assert.Equal("1", harness.Store.Text("good"));

        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        await harness.Cache.Operations.ReplayDeadLettersAsync(["bad"]);
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal(["0", "1", "2"], harness.Store.HistoryOf("bad").Select(static version => version.Value));
    }

    [Fact]
    public async Task A_refused_key_of_more_versions_than_a_batch_keeps_no_other_from_the_store()
    {
        await using var harness = await StartAsync(static options =>
            (options.Flush.BatchSize, options.Flush.BatchesInFlight, options.Tier.Partitions) = (5, 1, 1)
        );
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key.StartsWith("bad", StringComparison.Ordinal))
                ? throw new TimeoutException("slow")
                : Task.CompletedTask;
        for (var i = 0; i < 40; i++)
        {
            await harness.Cache.SetAsync($"bad{i % 2}", $"{i}");
        }

        await harness.Cache.SetAsync("good", "1");

        await harness.AdvanceUntilAsync(() => harness.Store.Text("good") == "1", "the other key is stored");
        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        await harness.Cache.Operations.ReplayDeadLettersAsync(["bad0", "bad1"]);
        await harness.AdvanceUntilAsync(() => harness.Store.Text("bad1") == "39", "the refused ones are stored");

        Assert.Equal(
            Enumerable.Range(0, 20).Select(static i => $"{2 * i}"),
            harness.Store.HistoryOf("bad0").Select(static version => version.Value)
        );
    }

    [Fact]
    public async Task A_key_with_more_versions_than_the_store_takes_in_time_is_saved_in_slices()
    {
        await using var harness = await StartAsync(static options => options.Flush.BatchSize = 400);
        var failures = 0;
        harness.Store.BeforeSave = batch =>
            batch.Sum(static write => write.Earlier.Count + 1) > 50
                ? throw new TimeoutException($"time-out {++failures}")
                : Task.CompletedTask;
        for (var i = 0; i < 400; i++)
        {
            await harness.Cache.SetAsync("hot", $"{i}");
        }

        await harness.Cache.SetAsync("other", "1");
        await harness.AdvanceUntilAsync(
            () =>
            {
                Assert.NotEqual(CircuitState.Open, harness.Registry.GetStatisticsAsync().AsTask().Result["test"].Circuit);
                return harness.Store.Text("hot") == "399" && harness.Store.Text("other") == "1";
            },
            "all is stored"
        );
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(
            Enumerable.Range(0, 400).Select(static i => $"{i}"),
            harness.Store.HistoryOf("hot").Select(static version => version.Value)
        );
        var statistics = (await harness.Registry.GetStatisticsAsync())["test"];
        Assert.Equal((401, 0, 0), (statistics.Flush.Stored, statistics.Dirty.Entries, statistics.Dirty.DeadLetters));
        Assert.InRange(failures, 1, 30);
    }

    [Fact]
    public async Task A_slice_that_is_refused_leaves_those_before_it_stored()
    {
        await using var harness = await StartAsync(static options => options.Flush.BatchSize = 40);
        harness.Store.BeforeSave = static batch =>
            batch.Sum(static write => write.Earlier.Count + 1) > 5 ? throw new TimeoutException("too many")
            : batch.SelectMany(static write => write.Earlier.Append(write)).Any(static write => write.Value.Span.SequenceEqual("23"u8))
                ? throw new StoreException("refused", isTransient: false) { BlamesRow = true }
            : Task.CompletedTask;
        for (var i = 0; i < 40; i++)
        {
            await harness.Cache.SetAsync("k", $"{i}");
        }

        await harness.AdvanceUntilAsync(
            () => harness.Registry.GetStatisticsAsync().AsTask().Result["test"].Dirty.DeadLetters == 1,
            "the key is a dead letter"
        );
        Assert.Equal(
            Enumerable.Range(0, 23).Select(static i => $"{i}"),
            harness.Store.HistoryOf("k").Select(static version => version.Value)
        );
        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        await harness.Cache.Operations.ReplayDeadLettersAsync(["k"]);
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(
            Enumerable.Range(0, 40).Select(static i => $"{i}"),
            harness.Store.HistoryOf("k").Select(static version => version.Value)
        );
        Assert.Equal(0, (await harness.Registry.GetStatisticsAsync())["test"].Dirty.Entries);
    }

    [Fact]
    public async Task Versions_that_a_higher_row_supersedes_are_in_the_history()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "0");
        var last = await harness.Cache.SetAsync("k", "1");
        harness.Store.Put("k", "row", last.Version + 1);

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(["0", "1"], harness.Store.HistoryOf("k").Select(static version => version.Value));
        Assert.Equal("row", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_write_past_a_tier_that_is_down_is_in_the_history()
    {
        var (harness, tier) = await DownTier.StartAsync(static options =>
            (options.WriteMode, options.WhenTierIsDown) = (WriteMode.EveryVersion, WhenTierIsDown.WriteThrough)
        );
        await using var running = harness;
        tier.TakeAway();

        await harness.Cache.SetAsync("k", "1");
        await harness.Cache.SetAsync("k", "2");

        Assert.Equal(["1", "2"], harness.Store.HistoryOf("k").Select(static version => version.Value));
    }

    [Fact]
    public async Task Elsewhere_writes_are_coalesced_and_there_is_no_history()
    {
        await using var harness = await CacheHarness.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await harness.Cache.SetAsync("k", $"{i}");
        }

        await harness.Cache.Operations.FlushAsync();

        Assert.Empty(harness.Store.History);
        Assert.Empty(Assert.Single(Assert.Single(harness.Store.Saves)).Earlier);
    }

    [Fact]
    public async Task A_store_without_a_history_and_a_cache_without_a_store_are_refused()
    {
        var own = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            StartAsync(declare: static cache => cache.Store = static _ => new OwnStore())
        );
        var none = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            StartAsync(declare: static cache => cache.WithoutStore = true)
        );

        Assert.Equal(
            "Remanso:Caches:test:WriteMode is EveryVersion, but the cache's own store keeps no history: only the default table has one.",
            own.Message
        );
        Assert.Contains(
            "Remanso:Caches:test:WriteMode is EveryVersion, but the cache has no store",
            none.Message,
            StringComparison.Ordinal
        );
    }

    private static Task<CacheHarness> StartAsync(
        Action<CacheOptions>? configure = null,
        Action<CacheConfiguration<string, string>>? declare = null
    ) =>
        CacheHarness.StartAsync(
            options =>
            {
                options.WriteMode = WriteMode.EveryVersion;
                configure?.Invoke(options);
            },
            declare: declare
        );

    private sealed class OwnStore : IBackingStore<string, string>
    {
        public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IReadOnlyList<StoreRow<string, string>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) => ValueTask.FromResult<IReadOnlyList<StoreRow<string, string>>>([]);

        public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, string>> batch,
            CancellationToken cancellationToken
        ) => ValueTask.FromResult<IReadOnlyList<SaveOutcome>>(new SaveOutcome[batch.Count]);
    }
}
