using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>Merges from the caller's side; <see cref="CounterTests"/> has the increments.</summary>
[Collection(ManualClockTests.Name)]
public sealed class MergeTests
{
    private static readonly WriteOptions _stored = new() { Durability = Durability.Stored };

    [Fact]
    public async Task A_merge_begins_with_what_the_store_has_and_the_store_gets_what_it_left()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.Put("best", "40", 5);
        harness.Store.Put("least", "40", 5);
        harness.Store.Put("list", "[1, 2]", 5);
        harness.Store.Put("user", """{"name":"Ann","level":9007199254740993}""", 5);

        Assert.Equal(50, (await harness.Cache.MaxAsync("best", 50)).Value);
        Assert.Equal(40, (await harness.Cache.MinAsync("least", 50)).Value);
        await harness.Cache.AppendAsync("list", "3", cap: 2);
        await harness.Cache.PatchAsync("user", """{"name":"Bob"}""");

        Assert.Equal("""{"name":"Bob","level":9007199254740993}""", (await harness.Cache.GetAsync("user")).Value);
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal(("50", "40", "[2,3]"), (harness.Store.Text("best"), harness.Store.Text("least"), harness.Store.Text("list")));
        Assert.Equal("""{"name":"Bob","level":9007199254740993}""", harness.Store.Text("user"));
        Assert.Equal(5, harness.Store.Rows["least"].Version);
    }

    [Fact]
    public async Task Concurrent_merges_over_flushes_and_evictions_all_arrive_in_the_store()
    {
        await using var harness = await CacheHarness.StartAsync();
        const int Rounds = 3;
        const int Each = 200;
        for (var round = 0; round < Rounds; round++)
        {
            var first = round * Each;
            await Task.WhenAll(
                Enumerable
                    .Range(first, Each)
                    .SelectMany(number =>
                        new[]
                        {
                            Task.Run(async () => await harness.Cache.AppendAsync("list", number.ToString(CultureInfo.InvariantCulture))),
                            Task.Run(async () => await harness.Cache.PatchAsync("object", $$"""{"k{{number}}":{{number}}}""")),
                            Task.Run(async () => (await harness.Cache.MaxAsync("max", number)).Receipt),
                        }
                    )
            );
            await harness.Cache.Operations.FlushAsync();
            await harness.Cache.InvalidateAsync(["list", "object", "max"]);
        }

        var all = Enumerable.Range(0, Rounds * Each).ToArray();
        Assert.Equal(all, harness.Store.Text("list")!.Trim('[', ']').Split(',').Select(int.Parse).Order());
        Assert.Equal(
            all.Select(static number => $"\"k{number}\":{number}").Order(),
            harness.Store.Text("object")!.Trim('{', '}').Split(',').Order()
        );
        Assert.Equal($"{all[^1]}", harness.Store.Text("max"));
        Assert.True(harness.Store.Saves.Count < 100);
    }

    [Fact]
    public async Task What_changes_nothing_is_as_durable_as_what_is_there()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.Put("clean", "9", 5);
        var clean = await harness.Cache.MaxAsync("clean", 8, _stored);
        Assert.Equal((9L, 5L, Durability.Stored), (clean.Value, clean.Receipt.Version, clean.Receipt.Durability));
        harness.Store.Put("foreign", "9", 0);
        var foreign = await harness.Cache.MaxAsync("foreign", 8, _stored);
        Assert.Equal((9L, 0L, Durability.Stored), (foreign.Value, foreign.Receipt.Version, foreign.Receipt.Durability));
        Assert.Empty(harness.Store.Saves);

        var written = await harness.Cache.SetAsync("dirty", "9");
        var waiting = harness.Cache.MaxAsync("dirty", 8, _stored).AsTask();
        await harness.AdvanceUntilAsync(() => waiting.IsCompleted, "the flush of what is there");
        Assert.Equal((written.Version, Durability.Stored), ((await waiting).Receipt.Version, (await waiting).Receipt.Durability));
        Assert.Equal("9", harness.Store.Text("dirty"));
    }

    [Fact]
    public async Task A_value_that_can_not_be_merged_is_told_by_name_and_stays()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.MaxValueBytes = 20);
        var text = await harness.Cache.SetAsync("text", "hello");
        await harness.Cache.SetAsync("object", "{}");
        await harness.Cache.SetAsync("list", "[1,2,3,4,5,6,7]");

        var noNumber = await Assert.ThrowsAsync<NotANumberException>(async () => await harness.Cache.MaxAsync("text", 1));
        var noJson = await Assert.ThrowsAsync<NotJsonException>(async () => await harness.Cache.PatchAsync("text", "{}"));
        var noArray = await Assert.ThrowsAsync<NotJsonException>(async () => await harness.Cache.AppendAsync("object", "1"));
        var noRoom = await Assert.ThrowsAsync<ValueTooLargeException>(async () => await harness.Cache.AppendAsync("list", "8888888"));
        var tooLarge = await Assert.ThrowsAsync<ValueTooLargeException>(async () =>
            await harness.Cache.PatchAsync("object", "\"a patch above twenty bytes\"")
        );

        Assert.Equal(("text", text.Version), (noNumber.Key, noNumber.CurrentVersion));
        Assert.Equal(("text", text.Version), (noJson.Key, noJson.CurrentVersion));
        Assert.Contains("array", noArray.Message, StringComparison.Ordinal);
        Assert.Equal((23, 20), (noRoom.Bytes, noRoom.Limit));
        Assert.Equal((28, 20), (tooLarge.Bytes, tooLarge.Limit));
        Assert.Equal("hello", (await harness.Cache.GetAsync("text")).Value);
        Assert.Equal("[1,2,3,4,5,6,7]", (await harness.Cache.GetAsync("list")).Value);
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await harness.Cache.MergeAsync("text", null!));
    }

    [Fact]
    public async Task A_new_value_of_JSON_says_so_and_one_that_is_there_keeps_its_type_and_lifetime()
    {
        await using var harness = await CacheHarness.StartAsync();
        await harness.Cache.PatchAsync("new", "{}");
        await harness.Cache.MaxAsync("number", 1);
        await harness.Cache.SetAsync(
            "old",
            "{}",
            new WriteOptions { ContentType = "application/geo+json", Lifetime = TimeSpan.FromMinutes(1) }
        );
        await harness.Cache.PatchAsync("old", """{"a":1}""", new WriteOptions { Lifetime = TimeSpan.FromDays(1) });

        Assert.Equal("application/json", (await harness.Cache.GetAsync("new")).Entry!.ContentType);
        Assert.StartsWith("text/plain", (await harness.Cache.GetAsync("number")).Entry!.ContentType, StringComparison.Ordinal);
        Assert.Equal(
            ("application/geo+json", """{"a":1}"""),
            ((await harness.Cache.GetAsync("old")).Entry!.ContentType, (await harness.Cache.GetAsync("old")).Value)
        );
        harness.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.False((await harness.Cache.GetAsync("old")).Found);
    }

    [Fact]
    public async Task A_condition_is_checked_in_the_same_step()
    {
        await using var harness = await CacheHarness.StartAsync();
        var present = new WriteOptions { Condition = WriteCondition.Present };
        var conflict = await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await harness.Cache.PatchAsync("k", """{"a":1}""", present)
        );
        Assert.Equal(0, conflict.CurrentVersion);
        await harness.Cache.SetAsync("k", "{}");
        await harness.Cache.PatchAsync("k", """{"a":1}""", present);
        Assert.Equal("""{"a":1}""", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_repeated_merge_has_one_effect_and_another_under_its_name_is_refused()
    {
        await using var harness = await CacheHarness.StartAsync();
        var named = new WriteOptions { IdempotencyKey = "a-name" };
        var first = await harness.Cache.AppendAsync("k", "1", cap: 5, named);
        Assert.Equal(first, await harness.Cache.AppendAsync("k", "1", cap: 5, named));
        Assert.Equal("[1]", (await harness.Cache.GetAsync("k")).Value);
        await Assert.ThrowsAsync<IdempotencyConflictException>(async () => await harness.Cache.AppendAsync("k", "2", cap: 5, named));
        await Assert.ThrowsAsync<IdempotencyConflictException>(async () => await harness.Cache.AppendAsync("k", "1", cap: 6, named));
        await Assert.ThrowsAsync<IdempotencyConflictException>(async () => await harness.Cache.PatchAsync("k", "1", named));
        await Assert.ThrowsAsync<IdempotencyConflictException>(async () => await harness.Cache.MaxAsync("k", 1, named));
    }

    [Fact]
    public async Task The_near_cache_has_heard_of_a_merge_when_it_returns()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Near.Enabled = true);
        await harness.Cache.SetAsync("k", """{"a":1}""");
        await harness.Cache.GetAsync("k");
        Assert.Equal(ReadSource.Near, (await harness.Cache.GetAsync("k")).Source);
        await harness.Cache.PatchAsync("k", """{"a":2}""");
        Assert.Equal("""{"a":2}""", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task The_journal_has_what_a_merge_left()
    {
        var journal = new ScriptedJournal();
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            journal: journal
        );
        await harness.Cache.AppendAsync("k", "1");
        var receipt = await harness.Cache.AppendAsync("k", "2", options: new WriteOptions { Durability = Durability.Logged });
        var row = journal.Rows["k"];
        Assert.Equal((receipt.Version, "[1,2]"), (row.Version, Encoding.UTF8.GetString(row.Entry!.Value.Span)));
    }

    [Fact]
    public async Task A_merge_waits_for_room_like_any_write()
    {
        var isDown = true;
        await using var harness = await CacheHarness.StartAsync(options =>
        {
            options.Tier.MaxDirtyEntries = 1;
            options.Tier.WhenFull = WhenFull.Wait;
        });
        harness.Store.BeforeSave = _ => isDown ? throw new Remanso.Stores.StoreException("down", isTransient: true) : Task.CompletedTask;
        await harness.Cache.SetAsync("first", "v");

        var append = harness.Cache.AppendAsync("second", "1").AsTask();
        await CacheHarness.SettleAsync();
        Assert.False(append.IsCompleted);
        isDown = false;
        await harness.AdvanceUntilAsync(() => append.IsCompleted, "the append");
        await append;
        Assert.Equal("[1]", (await harness.Cache.GetAsync("second")).Value);
    }

    [Fact]
    public async Task While_the_tier_is_down_a_merge_is_refused_and_never_guessed()
    {
        var (harness, tier) = await DownTier.StartAsync(options => options.WhenTierIsDown = WhenTierIsDown.WriteThrough);
        await using var _ = harness;
        tier.TakeAway();
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await harness.Cache.PatchAsync("k", "{}"));
        Assert.Empty(harness.Store.Saves);
    }

    [Fact]
    public async Task A_cache_of_objects_and_one_of_lists_are_merged_as_their_codec_writes_them()
    {
        var services = new ServiceCollection();
        services
            .AddRemanso()
            .AddCache<string, Player>("players", cache => cache.WithoutStore = true)
            .AddCache<string, List<int>>("lists", cache => cache.WithoutStore = true);
        await using var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<Microsoft.Extensions.Hosting.IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        var players = provider.GetRequiredService<ICache<string, Player>>();
        await players.SetAsync("k", new Player("Ann", 7));
        await players.PatchAsync("k", """{"level":8}""");
        Assert.Equal(new Player("Ann", 8), (await players.GetAsync("k")).Value);

        var lists = provider.GetRequiredService<ICache<string, List<int>>>();
        for (var i = 1; i <= 5; i++)
        {
            await lists.AppendAsync("k", i.ToString(CultureInfo.InvariantCulture), cap: 3);
        }

        Assert.Equal([3, 4, 5], (await lists.GetAsync("k")).Value);
    }

    private sealed record Player(string Name, int Level);
}
