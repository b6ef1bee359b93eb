using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Near;

/// <summary>A whole cache with a near cache in it.</summary>
[Collection(ManualClockTests.Name)]
public sealed class NearReadTests
{
    [Fact]
    public async Task A_cache_has_no_near_cache_unless_it_asks_for_one()
    {
        await using var harness = await CacheHarness.StartAsync();
        await harness.Cache.SetAsync("k", "v");

        await harness.Cache.GetAsync("k");

        Assert.Equal(ReadSource.Tier, (await harness.Cache.GetAsync("k")).Source);
    }

    [Fact]
    public async Task The_second_read_is_answered_near_and_counted_so()
    {
        await using var harness = await StartAsync();
        harness.Store.Put("k", "v", 7);

        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("k")).Source);
        var read = harness.Cache.GetAsync("k");

        Assert.True(read.IsCompletedSuccessfully);
        Assert.Equal(("v", 7L, ReadSource.Near), ((await read).Value, (await read).Version, (await read).Source));
        var statistics = await harness.Cache.Operations.GetStatisticsAsync();
        Assert.Equal((1, 0, 1), (statistics.Reads.Near, statistics.Reads.Tier, statistics.Reads.Store));
        Assert.Equal(1, statistics.Near.Entries);
        Assert.InRange(statistics.Near.Bytes, 1, 1000);
    }

    [Fact]
    public async Task A_known_absent_key_is_answered_near()
    {
        await using var harness = await StartAsync();

        await harness.Cache.GetAsync("k");
        var again = await harness.Cache.GetAsync("k");

        Assert.Equal((false, ReadSource.Near), (again.Found, again.Source));
        Assert.Equal(2, (await harness.Cache.Operations.GetStatisticsAsync()).Reads.Absent);
    }

    [Fact]
    public async Task Many_keys_are_answered_near_and_the_rest_from_behind()
    {
        await using var harness = await StartAsync();
        harness.Store.Put("a", "1", 1);
        harness.Store.Put("b", "2", 2);
        await harness.Cache.GetAsync("a");

        var first = await harness.Cache.GetManyAsync(["a", "b", "a"]);
        var second = await harness.Cache.GetManyAsync(["a", "b"]);

        Assert.Equal((ReadSource.Near, ReadSource.Store), (first["a"].Source, first["b"].Source));
        Assert.All(second.Values, static read => Assert.Equal(ReadSource.Near, read.Source));
        Assert.Equal("2", second["b"].Value);
    }

    [Fact]
    public async Task A_callers_own_loader_is_not_asked_while_a_copy_is_near()
    {
        await using var harness = await StartAsync();
        await harness.Cache.GetOrLoadAsync("k", static (_, _) => new("loaded"));

        var again = await harness.Cache.GetOrLoadAsync("k", static (_, _) => throw new InvalidOperationException("asked"));

        Assert.Equal(("loaded", ReadSource.Near), (again.Value, again.Source));
    }

    [Fact]
    public async Task A_read_that_names_its_source_looks_past_the_near_cache()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "v");
        await harness.Cache.GetAsync("k");

        Assert.Equal(ReadSource.Tier, (await harness.Cache.GetAsync("k", ReadFrom.Tier)).Source);
        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("k", ReadFrom.Store)).Source);
    }

    [Fact]
    public async Task What_the_flush_stored_is_answered_as_clean()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "v");
        Assert.True((await harness.Cache.GetAsync("k")).Entry!.IsDirty);
        Assert.True((await harness.Cache.GetAsync("k")).Entry!.IsDirty);

        await harness.Cache.Operations.FlushAsync();

        Assert.False((await harness.Cache.GetAsync("k")).Entry!.IsDirty);
    }

    [Fact]
    public async Task A_processs_own_change_is_in_force_for_its_readers_before_any_signal_comes()
    {
        await using var harness = await StartAsync(static tier => new FaultyTier(tier) { IsLocal = false, IsSilent = true });
        var cache = harness.Cache;
        await AfterAsync("first", () => cache.SetAsync("k", "first").AsTask());
        await AfterAsync("second", () => cache.SetAsync("k", "second").AsTask());
        await AfterAsync("third", () => cache.SetManyAsync([new("other", "x"), new("k", "third")]).AsTask());
        await AfterAsync(null, () => cache.RemoveAsync("k").AsTask());
        await AfterAsync("fourth", () => cache.SetAsync("k", "fourth").AsTask());
        await cache.Operations.FlushAsync();

        harness.Store.Put("k", "fifth", long.MaxValue >> 11);
        await AfterAsync("fifth", () => cache.InvalidateAsync(["k"]).AsTask());
        harness.Store.Put("k", "sixth", (long.MaxValue >> 11) + 1);
        await AfterAsync("sixth", () => cache.InvalidateAllAsync().AsTask());

        async Task AfterAsync(string? expected, Func<Task> change)
        {
            await cache.GetAsync("k");
            Assert.Equal(ReadSource.Near, (await cache.GetAsync("k")).Source);
            await change();
            Assert.Equal(expected, (await cache.GetAsync("k")).Value);
        }
    }

    [Fact]
    public async Task A_removed_tag_is_in_force_for_the_processs_readers_before_any_signal_comes()
    {
        await using var harness = await StartAsync(static tier => new FaultyTier(tier) { IsLocal = false, IsSilent = true });
        await harness.Cache.SetAsync("k", "v", new WriteOptions { Tags = ["red"] });
        await harness.Cache.Operations.FlushAsync();
        await harness.Cache.GetAsync("k");
        Assert.Equal(ReadSource.Near, (await harness.Cache.GetAsync("k")).Source);

        await harness.Cache.RemoveByTagAsync("red");

        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("k")).Source);
    }

    [Fact]
    public async Task A_write_whose_outcome_nobody_told_drops_the_copy()
    {
        FaultyTier faulty = null!;
        await using var harness = await StartAsync(tier => faulty = new FaultyTier(tier) { IsLocal = false, IsSilent = true });
        await harness.Cache.SetAsync("k", "old");
        await harness.Cache.GetAsync("k");
        faulty.After = static operation =>
            operation == nameof(ICacheTier.WriteAsync)
                ? throw new TierUnavailableException("the reply was lost", mayHaveHappened: true)
                : ValueTask.CompletedTask;

        await Assert.ThrowsAsync<TierUnavailableException>(async () => await harness.Cache.SetAsync("k", "new"));

        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_write_during_a_read_is_never_hidden_by_what_the_read_brings()
    {
        var gate = new Gate();
        ICacheTier inner = null!;
        FaultyTier faulty = null!;
        await using var harness = await StartAsync(tier => faulty = new FaultyTier(inner = tier) { IsLocal = false });
        await harness.Cache.SetAsync("k", "old");
        faulty.After = operation => operation == nameof(ICacheTier.ReadAsync) ? new ValueTask(gate.PassAsync()) : ValueTask.CompletedTask;

        var read = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        await inner.WriteAsync(new TierWrite { Key = "k", Value = "new"u8.ToArray() }, CancellationToken.None);
        gate.Open();

        Assert.Equal("old", (await read).Value);
        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task While_the_tier_is_out_of_reach_no_copy_is_served()
    {
        var down = false;
        await using var harness = await StartAsync(tier => new FaultyTier(tier)
        {
            IsLocal = false,
            Before = _ => down ? throw new TierUnavailableException("taken away", mayHaveHappened: false) : ValueTask.CompletedTask,
        });
        harness.Store.Put("k", "old", 1);
        await harness.Cache.GetAsync("k");
        Assert.Equal(ReadSource.Near, (await harness.Cache.GetAsync("k")).Source);

        down = true;
        await harness.Cache.GetAsync("another, which finds out");
        harness.Store.Put("k", "new", 2);

        Assert.Equal("new", (await harness.Cache.GetAsync("k")).Value);
        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("k")).Source);
    }

    [Theory]
    [InlineData("Near:MaxEntries must be 1 to 100000000, but is 0")]
    [InlineData("Near:MaxBytes must be 65536 or more, but is 1")]
    [InlineData("Near:MaxAge must be 00:00:00.0010000 to 01:00:00, but is 02:00:00")]
    [InlineData("Near:Copies must be Shared or Decoded, but is 7")]
    public async Task An_option_out_of_range_is_refused_by_name(string message)
    {
        var refused = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            CacheHarness.StartAsync(options =>
            {
                switch (message[5..10])
                {
                    case "MaxEn":
                        options.Near.MaxEntries = 0;
                        break;
                    case "MaxBy":
                        options.Near.MaxBytes = 1;
                        break;
                    case "MaxAg":
                        options.Near.MaxAge = TimeSpan.FromHours(2);
                        break;
                    default:
                        options.Near.Copies = (NearCopies)7;
                        break;
                }
            })
        );

        Assert.Equal("Remanso:Caches:test:" + message, refused.Message);
    }

    [Fact]
    public async Task A_near_hit_refreshes_early_and_the_fresh_copy_takes_its_place()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
        {
            (options.Near.Enabled, options.Load.EarlyRefreshBeta) = (true, 1);
            (options.Ttl.Base, options.Ttl.Jitter) = (TimeSpan.FromSeconds(5), 0);
        });
        harness.Store.Put("k", "old", 1);
        var gate = new Gate();
        harness.Store.OnLoad = (_, token) => gate.PassAsync(token);
        var first = harness.Cache.GetAsync("k").AsTask();
        await gate.ArrivedAsync();
        harness.Time.Advance(TimeSpan.FromMilliseconds(100));
        gate.Open();
        await first;
        harness.Store.OnLoad = static (_, _) => Task.CompletedTask;
        harness.Store.Put("k", "new", 2);
        // A window of a tenth of a second: whatever the random numbers, one of many readers refreshes near its end, and
        // none of the fresh copy.
        harness.Time.Advance(TimeSpan.FromMilliseconds(4_990));

        await Until.TrueAsync(
            async () =>
            {
                var read = await harness.Cache.GetAsync("k");
                Assert.Equal(ReadSource.Near, read.Source);
                return (read.Value, read.Version) == ("new", 2L);
            },
            "a reader of the near copy has refreshed it"
        );
        Assert.Equal(2, harness.Store.Loads.Count);
        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Loads.EarlyRefreshes);
    }

    [Fact]
    public async Task A_near_hit_allocates_nothing_whichever_call_asks()
    {
        await using var harness = await StartAsync();
        var cache = harness.Cache;
        await cache.SetAsync("k", "v");
        await cache.Operations.FlushAsync();
        await cache.GetAsync("k");
        Func<string, CancellationToken, ValueTask<string?>> plain = static (_, _) => throw new InvalidOperationException("It is near.");
        Func<LoadContext<string, string>, CancellationToken, ValueTask<string?>> adaptive = static (_, _) =>
            throw new InvalidOperationException("It is near.");
        var options = new ReadOptions { Ttl = TimeSpan.FromMinutes(1) };
        Read();

        var before = GC.GetAllocatedBytesForCurrentThread();
        var found = 0;
        for (var i = 0; i < 1_000; i++)
        {
            found += Read();
        }

        Assert.Equal((0, 3_000), (GC.GetAllocatedBytesForCurrentThread() - before, found));

        int Read() =>
            (cache.GetAsync("k").Result.Source == ReadSource.Near ? 1 : 0)
            + (cache.GetOrLoadAsync("k", plain).Result.Source == ReadSource.Near ? 1 : 0)
            + (cache.GetOrLoadAsync("k", adaptive, options).Result.Source == ReadSource.Near ? 1 : 0);
    }

    [Fact]
    public async Task A_call_may_leave_out_the_near_cache_to_read_or_to_hold()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "v");

        Assert.Equal(ReadSource.Tier, (await ReadAsync(ReadSkip.NearWrite)).Source);
        Assert.Equal(ReadSource.Tier, (await ReadAsync(ReadSkip.NearRead)).Source);
        Assert.Equal(ReadSource.Near, (await ReadAsync(ReadSkip.None)).Source);
        Assert.Equal(ReadSource.Tier, (await ReadAsync(ReadSkip.NearRead)).Source);

        ValueTask<ReadResult<string>> ReadAsync(ReadSkip skips) =>
            harness.Cache.GetOrLoadAsync(
                "k",
                static (LoadContext<string, string> _, CancellationToken _) => throw new InvalidOperationException("The tier has it."),
                new ReadOptions { Skips = skips }
            );
    }

    private static Task<CacheHarness> StartAsync(Func<ICacheTier, ICacheTier>? decorate = null) =>
        CacheHarness.StartAsync(static options => options.Near.Enabled = true, decorate: decorate);
}
