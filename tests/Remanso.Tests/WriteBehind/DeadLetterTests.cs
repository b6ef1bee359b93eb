using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>Dead letters by filter, their limit, and their retries.</summary>
[Collection(ManualClockTests.Name)]
public sealed class DeadLetterTests
{
    [Fact]
    public async Task What_is_refused_and_older_than_its_row_is_superseded_and_no_dead_letter()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key is "k" or "gone" or "newer")
                ? throw new StoreException("too long", isTransient: false)
                : Task.CompletedTask;
        var version = (await harness.Cache.SetAsync("k", "bad")).Version;
        await harness.Cache.SetAsync("gone", "bad");
        var newer = (await harness.Cache.SetAsync("newer", "bad")).Version;
        await harness.Cache.SetAsync("good", "v");
        harness.Store.Put("k", "others", version + 1);
        harness.Store.Put("gone", "", newer + 1);
        harness.Store.Rows["gone"] = harness.Store.Rows["gone"] with { Deleted = true };
        harness.Store.Put("newer", "old", newer - 1);

        await harness.Cache.Operations.FlushAsync();

        Assert.Equal("newer", Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync()).Key);
        var values = await harness.Cache.GetManyAsync(["k", "gone", "newer"]);
        Assert.Equal(("others", null, "bad"), (values["k"].Value, values["gone"].Value, values["newer"].Value));
        var flush = (await harness.Cache.Operations.GetStatisticsAsync()).Flush;
        Assert.Equal((2, 1), (flush.Superseded, flush.DeadLettered));
    }

    [Fact]
    public async Task What_is_refused_and_could_not_be_compared_for_a_passing_reason_is_tried_again()
    {
        await using var harness = await CacheHarness.StartAsync();
        var isDown = true;
        harness.Store.OnLoad = (_, _) => isDown ? throw new StoreException("busy", isTransient: true) : Task.CompletedTask;
        await RefuseAsync(harness, "k");

        Assert.Empty(await harness.Cache.Operations.GetDeadLettersAsync());
        Assert.Equal("good", harness.Store.Text("other"));
        var statistics = await harness.Cache.Operations.GetStatisticsAsync();
        Assert.Equal((1, 0), (statistics.Dirty.Entries, statistics.Flush.DeadLettered));

        isDown = false;
        await harness.AdvanceUntilAsync(() => harness.Counters.DeadLettered.Value == 1, "the dead letter");
        Assert.Equal("k", Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync()).Key);
    }

    [Fact]
    public async Task While_none_can_be_compared_what_is_refused_gets_a_bounded_number_of_statements()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            options.Flush.MaxBackoff = TimeSpan.FromMilliseconds(200)
        );
        var statements = 0;
        harness.Store.OnLoad = static (_, _) => throw new StoreException("busy", isTransient: true);
        harness.Store.BeforeSave = batch =>
        {
            Interlocked.Increment(ref statements);
            throw Refusal(batch[0].Key);
        };
        for (var i = 0; i < 200; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "bad");
        }

        var until = harness.Time.GetUtcNow() + TimeSpan.FromSeconds(5);
        await harness.AdvanceUntilAsync(() => harness.Time.GetUtcNow() >= until, "five seconds");

        Assert.InRange(Volatile.Read(ref statements), 1, 2000 + (5 * 200) + 200);
        var dirty = (await harness.Cache.Operations.GetStatisticsAsync()).Dirty;
        Assert.Equal((200, 0), (dirty.Entries, dirty.DeadLetters));
    }

    [Fact]
    public async Task The_row_that_was_compared_is_the_one_that_takes_the_refused_entrys_place()
    {
        await using var harness = await CacheHarness.StartAsync();
        var loads = 0;
        harness.Store.OnLoad = (_, _) => ++loads > 1 ? throw new StoreException("busy", isTransient: true) : Task.CompletedTask;
        harness.Store.Put("k", "others", 1L << 52);
        await RefuseAsync(harness, "k");

        var statistics = await harness.Cache.Operations.GetStatisticsAsync();
        Assert.Equal((0, 0, 1), (statistics.Dirty.Entries, statistics.Dirty.DeadLetters, statistics.Flush.Superseded));
        Assert.Equal(("others", 1), ((await harness.Cache.GetAsync("k")).Value, loads));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task However_large_rows_are_and_though_one_can_not_be_read_the_others_are_compared(bool isUnreadable)
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            options.Flush.MaxBackoff = TimeSpan.FromMilliseconds(200)
        );
        var keys = Enumerable.Range(0, 20).Select(static i => $"k{i:00}").ToArray();
        var row = new string('x', isUnreadable ? 1 : 1 << 20);
        Array.ForEach(keys, key => harness.Store.Put(key, row, 1L << 52));
        harness.Store.OnLoad = (asked, _) =>
            isUnreadable && asked.Contains("k07") ? throw new StoreException("a bad row", isTransient: false) : Task.CompletedTask;
        await RefuseAsync(harness, keys);

        await harness.AdvanceUntilAsync(() => harness.Counters.Superseded.Value == (isUnreadable ? 19 : 20), "that all have lost");

        Assert.Equal(isUnreadable ? ["k07"] : [], await KeysAsync(harness, DeadLetterFilter.All));
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
    }

    [Fact]
    public async Task They_are_listed_replayed_and_dropped_by_error_prefix_and_age()
    {
        await using var harness = await StartAsync();
        await RefuseAsync(harness, "order:1", "order:2", "user:1");
        harness.Time.Advance(TimeSpan.FromMinutes(10));
        await RefuseAsync(harness, "user:2");

        Assert.Equal(["order:1", "order:2"], await KeysAsync(harness, new() { Prefix = "order:" }));
        Assert.Equal(["order:2"], await KeysAsync(harness, new() { Error = "ORDER:2 IS" }));
        Assert.Equal(3, (await KeysAsync(harness, new() { OlderThan = TimeSpan.FromMinutes(5) })).Length);
        Assert.Equal(4, (await KeysAsync(harness, DeadLetterFilter.All)).Length);

        Assert.Equal(
            1,
            await harness.Cache.Operations.DropDeadLettersAsync(
                new DeadLetterFilter { Prefix = "user:", OlderThan = TimeSpan.FromMinutes(5) }
            )
        );
        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        Assert.Equal(3, await harness.Cache.Operations.ReplayDeadLettersAsync(DeadLetterFilter.All));
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal("bad", harness.Store.Text("user:2"));
        Assert.Null(harness.Store.Text("user:1"));
        Assert.Empty(await harness.Cache.Operations.GetDeadLettersAsync());
    }

    [Fact]
    public async Task Beyond_their_limit_refused_entries_stay_dirty_and_the_health_says_so()
    {
        await using var harness = await StartAsync(static options => options.Flush.MaxDeadLetters = 2);
        await RefuseAsync(harness, "a", "b", "c", "d");
        await harness.Cache.Operations.FlushAsync();

        var dirty = (await harness.Cache.Operations.GetStatisticsAsync()).Dirty;
        Assert.Equal((2, 2), (dirty.DeadLetters, dirty.Entries));
        Assert.Contains(harness.Registry.GetProblems(), static problem =>
            problem.Contains("Flush:MaxDeadLetters is 2", StringComparison.Ordinal)
        );

        await harness.Cache.SetAsync("good", "good");
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal("good", harness.Store.Text("good"));

        Assert.Equal(2, await harness.Cache.Operations.DropDeadLettersAsync(DeadLetterFilter.All));
        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
        Assert.Empty(harness.Registry.GetProblems());
    }

    [Fact]
    public async Task A_row_that_waits_for_its_parent_is_tried_again_by_itself_a_bounded_number_of_times()
    {
        await using var harness = await StartAsync(static options =>
        {
            options.Flush.DeadLetterRetries = 3;
            options.Flush.DeadLetterRetryAfter = TimeSpan.FromMilliseconds(500);
        });
        await RefuseAsync(harness, "child", "orphan");
        var isParentThere = false;
        var orphans = 0;
        harness.Store.BeforeSave = batch =>
        {
            orphans += batch.Count == 1 && batch[0].Key == "orphan" ? 1 : 0;
            return batch.Any(write => write.Key == "orphan" || (write.Key == "child" && !isParentThere))
                ? throw Refusal(batch[0].Key)
                : Task.CompletedTask;
        };

        isParentThere = true;
        await harness.AdvanceUntilAsync(() => harness.Store.Text("child") is not null, "that the child is stored");

        var until = harness.Time.GetUtcNow() + TimeSpan.FromSeconds(6);
        await harness.AdvanceUntilAsync(() => harness.Time.GetUtcNow() >= until, "that the retries are over");
        Assert.Equal(["orphan"], await KeysAsync(harness, DeadLetterFilter.All));
        // Each time at most three refusals until it is a dead letter again.
        Assert.InRange(orphans, 3, 9);
    }

    [Fact]
    public async Task One_whose_key_is_no_key_here_is_dropped_with_the_others()
    {
        await using var harness = await CacheHarness.StartAsync(declare: static cache => cache.KeyCodec = new KeysOfOthers());
        await RefuseAsync(harness, "a", "other/b", "c");

        Assert.Equal(3, await harness.Cache.Operations.DropDeadLettersAsync(DeadLetterFilter.All));

        Assert.Empty(await harness.Cache.Operations.GetDeadLettersAsync());
    }

    private static Task<CacheHarness> StartAsync(Action<CacheOptions>? configure = null) => CacheHarness.StartAsync(configure);

    private static async Task RefuseAsync(CacheHarness harness, params string[] keys)
    {
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Value.Span.SequenceEqual("bad"u8)) ? throw Refusal(batch[0].Key) : Task.CompletedTask;
        await harness.Cache.SetAsync("other", "good");
        foreach (var key in keys)
        {
            await harness.Cache.SetAsync(key, "bad");
        }

        await harness.Cache.Operations.FlushAsync();
    }

    private static StoreException Refusal(string key) => new($"{key} is refused", isTransient: false) { BlamesRow = true };

    private static async Task<string[]> KeysAsync(CacheHarness harness, DeadLetterFilter filter) =>
        [.. (await harness.Cache.Operations.GetDeadLettersAsync(filter)).Select(static letter => letter.Key).Order(StringComparer.Ordinal)];

    // As of a type of keys that has changed since.
    private sealed class KeysOfOthers : IKeyCodec<string>
    {
        public string Encode(string key) => key;

        public string Decode(string key) =>
            key.StartsWith("other/", StringComparison.Ordinal) ? throw new FormatException("no key of this type") : key;
    }
}
