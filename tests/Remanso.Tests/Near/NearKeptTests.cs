using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Near;

/// <summary>What the near cache keeps while the tier can't be reached, where it is asked to.</summary>
[Collection(ManualClockTests.Name)]
public sealed class NearKeptTests
{
    private FaultyTier _tier = null!;
    private bool _isDown;

    [Fact]
    public async Task Copies_are_served_stale_while_the_tier_is_down_up_to_their_age()
    {
        await using var harness = await StartAsync();
        await HoldAsync(harness, "k");
        await TakeAwayAsync(harness);

        var read = await harness.Cache.GetAsync("k");
        Assert.Equal(("row", ReadSource.Near, true), (read.Value, read.Source, read.Stale));
        Assert.True((await harness.Cache.GetManyAsync(["k"]))["k"].Stale);
        Assert.DoesNotContain("k", LoadedSince(harness, 1));

        harness.Time.Advance(harness.Options.Near.MaxAge);
        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("k")).Source);
    }

    [Fact]
    public async Task What_is_read_past_the_tier_is_kept_as_well()
    {
        await using var harness = await StartAsync();
        harness.Store.Put("a", "1", 5);
        harness.Store.Put("b", "2", 5);
        await TakeAwayAsync(harness);

        Assert.Equal(("1", false), ((await harness.Cache.GetAsync("a")).Value, (await harness.Cache.GetAsync("a")) is { Stale: false }));
        Assert.Equal(("1", true), ((await harness.Cache.GetAsync("a")).Value, (await harness.Cache.GetAsync("a")).Stale));
        await harness.Cache.GetManyAsync(["b"]);
        Assert.True((await harness.Cache.GetAsync("b")).Stale);
        Assert.Equal(
            "1",
            (
                await harness.Cache.GetOrLoadAsync("a", static (_, _) => throw new InvalidDataException("It is kept."), new ReadOptions())
            ).Value
        );
        Assert.Equal(1, LoadedSince(harness, 0).Count(static key => key == "a"));
    }

    [Fact]
    public async Task A_read_that_wants_nothing_stale_asks_the_store()
    {
        await using var harness = await StartAsync();
        await HoldAsync(harness, "k");
        await TakeAwayAsync(harness);
        harness.Store.Put("k", "newer", 9);

        Assert.Equal("newer", (await harness.Cache.GetAsync("k", new ReadOptions { Stale = StaleCopies.Never })).Value);
    }

    [Fact]
    public async Task What_others_wrote_meanwhile_is_seen_as_soon_as_the_tier_is_used_again()
    {
        await using var harness = await StartAsync();
        await HoldAsync(harness, "k");
        await TakeAwayAsync(harness);
        Assert.True((await harness.Cache.GetAsync("k")).Stale);

        // Another process's write: its notice is lost with the connection.
        _isDown = false;
        await _tier.WriteAsync("k", "by another");
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the tier is used again");

        var read = await harness.Cache.GetAsync("k");
        Assert.Equal(("by another", ReadSource.Tier), (read.Value, read.Source));
        _isDown = true;
        await TakeAwayAsync(harness);
        Assert.Equal("by another", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public void What_was_kept_while_signals_were_lost_is_not_served_in_a_later_outage()
    {
        var bed = new NearBed(static options => options.Near.KeepWhenTierIsDown = true);
        ITierObserver heard = bed.Near;
        bed.Hold("k", NearBed.Entry(7));
        heard.OnLost();
        heard.OnRestored();
        bed.Hold("k", NearBed.Entry(8));

        bed.Near.OnDown();

        Assert.True(bed.Near.TryReadKept("k", "k", out var read));
        Assert.Equal("v8", read.Value);
    }

    [Fact]
    public void Of_a_partition_that_was_back_nothing_is_kept_and_of_the_others_all_is()
    {
        var bed = new NearBed(static options => (options.Near.KeepWhenTierIsDown, options.Tier.Partitions) = (true, 2));
        string[] keys = [.. Enumerable.Range(0, 2).Select(static partition => KeyOf(partition))];
        Array.ForEach(keys, key => bed.Hold(key, NearBed.Entry(7)));
        bed.Near.OnDown();
        bed.Near.OnUp(0, isLast: false);
        bed.Near.OnDown();

        Assert.False(bed.Near.TryReadKept(keys[0], keys[0], out _));
        Assert.Null(bed.Near.BeginKept(keys[0], keys[0]));
        Assert.True(bed.Near.TryReadKept(keys[1], keys[1], out _));
        Assert.NotNull(bed.Near.BeginKept(keys[1], keys[1]));

        bed.Near.OnUp(0, isLast: false);
        bed.Near.OnUp(1, isLast: true);
        Assert.False(bed.Near.HasKept);
        Array.ForEach(keys, key => bed.Hold(key, NearBed.Entry(8)));
        bed.Near.OnDown();
        Assert.All(keys, key => Assert.True(bed.Near.TryReadKept(key, key, out _)));
    }

    [Fact]
    public async Task A_process_reads_its_own_writes_past_the_tier()
    {
        await using var harness = await StartAsync(static options => options.WhenTierIsDown = WhenTierIsDown.WriteThrough);
        await HoldAsync(harness, "k");
        await TakeAwayAsync(harness);
        Assert.True((await harness.Cache.GetAsync("k")).Stale);

        await harness.Cache.SetAsync("k", "mine");

        Assert.Equal("mine", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task Nothing_is_kept_unless_it_is_asked_for()
    {
        await using var harness = await StartAsync(static options => options.Near.KeepWhenTierIsDown = false);
        await HoldAsync(harness, "k");
        await TakeAwayAsync(harness);

        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("k")).Source);
        Assert.Equal(ReadSource.Store, (await harness.Cache.GetAsync("k")).Source);
    }

    private static IEnumerable<string> LoadedSince(CacheHarness harness, int loads) =>
        harness.Store.Loads.Skip(loads).SelectMany(static keys => keys);

    private static string KeyOf(int partition) =>
        Enumerable.Range(0, 100).Select(static n => $"key {n}").First(key => Partition.Of(key, 2) == partition);

    private static async Task HoldAsync(CacheHarness harness, string key)
    {
        harness.Store.Put(key, "row", 5);
        await harness.Cache.GetAsync(key);
        Assert.Equal(ReadSource.Near, (await harness.Cache.GetAsync(key)).Source);
    }

    private Task<CacheHarness> StartAsync(Action<CacheOptions>? configure = null) =>
        CacheHarness.StartAsync(
            options =>
            {
                (options.Near.Enabled, options.Near.KeepWhenTierIsDown) = (true, true);
                configure?.Invoke(options);
            },
            decorate: tier =>
                _tier = new FaultyTier(tier)
                {
                    IsLocal = false,
                    IsSilent = true,
                    Before = _ =>
                        _isDown
                            ? throw new TierUnavailableException("taken away by the test", mayHaveHappened: false)
                            : ValueTask.CompletedTask,
                }
        );

    /// <summary>Takes the tier away, and lets one reader find that out.</summary>
    private async Task TakeAwayAsync(CacheHarness harness)
    {
        _isDown = true;
        harness.Store.Put("other", "row", 5);
        for (var n = 0; n < 1000; n++)
        {
            // Of each partition.
            await harness.Cache.GetAsync($"probe {n}");
        }
    }
}
