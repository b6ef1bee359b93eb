using Remanso.Client.Tests.Support;
using Remanso.Stores;

namespace Remanso.Client.Tests;

/// <summary>One key: read, written, deleted, counted.</summary>
public sealed class EntryTests
{
    private static readonly EntryWriteOptions _stored = new() { Durability = WriteDurability.Stored };

    [Fact]
    public async Task What_was_written_is_read_with_all_that_belongs_to_it()
    {
        await using var api = await ApiHost.StartAsync();
        byte[] value = [0, 1, 255];

        var written = await api.Cache.SetAsync(
            "k",
            value,
            _stored with
            {
                ContentType = "image/x-thing",
                Tags = ["team:7", "ü, ö"],
                Ttl = TimeSpan.FromHours(1),
            }
        );
        var read = await api.Cache.GetAsync("k");

        Assert.Equal(WriteDurability.Stored, written.Durability);
        Assert.Equal((EntryOutcome.Hit, true, false, false), (read.Outcome, read.Found, read.IsStale, read.IsDirty));
        Assert.Equal(value, read.Value.ToArray());
        Assert.Equal(("image/x-thing", written.Version), (read.ContentType, read.Version));
        Assert.Equal(["team:7", "ü, ö"], read.Tags);
        Assert.NotNull(read.Age);
        Assert.StartsWith("Remanso; hit", read.CacheStatus, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_says_where_its_answer_comes_from()
    {
        await using var api = await ApiHost.StartAsync();
        api.Store.Put("row", "old", version: 5);

        Assert.Equal(EntryOutcome.NotCached, (await api.Cache.GetAsync("row", new() { Source = EntrySource.Cache })).Outcome);
        Assert.Equal(EntryOutcome.NotCached, (await api.Cache.GetAsync("row", new() { OnlyIfCached = true })).Outcome);
        var loaded = await api.Cache.GetAsync("row");
        Assert.Equal((EntryOutcome.Loaded, "old", 5), (loaded.Outcome, loaded.GetText(), loaded.Version));
        Assert.Equal(EntryOutcome.Hit, (await api.Cache.GetAsync("row")).Outcome);
        Assert.Equal(
            (EntryOutcome.Loaded, null),
            ((await api.Cache.GetAsync("row", new() { Source = EntrySource.Store })) is var db ? (db.Outcome, db.Age) : default)
        );
        Assert.Equal(EntryOutcome.Absent, (await api.Cache.GetAsync("none")).Outcome);
        Assert.False((await api.Cache.GetAsync("none")).Found);
        var same = await api.Cache.GetAsync("row", new() { UnlessVersion = 5 });
        Assert.Equal((EntryOutcome.NotModified, 5, false), (same.Outcome, same.Version, same.Found));
        Assert.Equal(EntryOutcome.Hit, (await api.Cache.GetAsync("row", new() { UnlessVersion = 4 })).Outcome);
    }

    [Fact]
    public async Task A_stale_copy_is_told_as_such()
    {
        await using var api = await ApiHost.StartAsync();
        api.Store.Put("row", "old", version: 5);
        await api.Cache.GetAsync("row");
        api.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);

        var stale = await api.Cache.GetAsync("row", new() { MaxAge = TimeSpan.Zero, StaleIfError = TimeSpan.FromHours(1) });

        Assert.Equal((EntryOutcome.Stale, true, true, "old"), (stale.Outcome, stale.IsStale, stale.Found, stale.GetText()));
    }

    [Fact]
    public async Task A_write_that_is_not_stored_yet_is_dirty_and_its_lifetime_reaches_the_database()
    {
        await using var api = await ApiHost.StartAsync();
        var hold = new TaskCompletionSource();
        api.Store.BeforeSave = _ => hold.Task;

        var written = await api.Cache.SetTextAsync("k", "é", new() { Lifetime = TimeSpan.FromMinutes(90.5), Grace = TimeSpan.Zero });
        var read = await api.Cache.GetAsync("k");
        hold.SetResult();
        await api.Cache.FlushAsync();

        Assert.Equal((WriteDurability.Accepted, true, "text/plain; charset=utf-8"), (written.Durability, read.IsDirty, read.ContentType));
        Assert.Equal("é", read.GetText());
        var lives = TimeSpan.FromMicroseconds(api.Store.Rows["k"].ExpiresAt - written.Version);
        Assert.InRange(lives, TimeSpan.FromMinutes(90), TimeSpan.FromMinutes(91));
    }

    [Fact]
    public async Task Conditions_hold_or_nothing_is_written()
    {
        await using var api = await ApiHost.StartAsync();
        var absent = await Assert.ThrowsAsync<RemansoVersionConflictException>(() =>
            api.Cache.SetTextAsync("k", "x", new() { IfPresent = true })
        );
        Assert.Equal((412, "version-conflict", 0, false), (absent.Status, absent.Code, absent.CurrentVersion, absent.IsAccepted));

        var first = await api.Cache.SetTextAsync("k", "1", new() { IfAbsent = true });
        var there = await Assert.ThrowsAsync<RemansoVersionConflictException>(() =>
            api.Cache.SetTextAsync("k", "x", new() { IfAbsent = true })
        );
        Assert.Equal(first.Version, there.CurrentVersion);
        var second = await api.Cache.SetTextAsync("k", "2", new() { IfVersion = first.Version });
        await Assert.ThrowsAsync<RemansoVersionConflictException>(() => api.Cache.DeleteAsync("k", new() { IfVersion = first.Version }));
        Assert.Equal("2", (await api.Cache.GetAsync("k")).GetText());

        var deleted = await api.Cache.DeleteAsync("k", new() { IfVersion = second.Version });
        var gone = await api.Cache.GetAsync("k");
        Assert.True(deleted.Version > second.Version);
        Assert.Equal((EntryOutcome.Absent, deleted.Version), (gone.Outcome, gone.Version));
    }

    [Fact]
    public async Task Counters_add_up_and_what_is_no_number_is_refused()
    {
        await using var api = await ApiHost.StartAsync();

        Assert.Equal(1, (await api.Cache.IncrementAsync("n")).Value);
        var sum = await api.Cache.IncrementAsync("n", -43, _stored);
        Assert.Equal((-42, WriteDurability.Stored), (sum.Value, sum.Durability));
        Assert.Equal(sum.Version, (await api.Cache.GetAsync("n")).Version);

        await api.Cache.SetTextAsync("n", "x");
        Assert.Equal((409, "not-a-number"), await RefusalOf(() => api.Cache.IncrementAsync("n")));
        await api.Cache.SetTextAsync("n", long.MaxValue.ToString(provider: null));
        Assert.Equal((409, "overflow"), await RefusalOf(() => api.Cache.IncrementAsync("n")));
    }

    [Fact]
    public async Task An_idempotency_key_makes_a_repeated_write_one()
    {
        await using var api = await ApiHost.StartAsync();
        EntryWriteOptions once = new() { IdempotencyKey = "once" };

        var first = await api.Cache.SetTextAsync("k", "1", once);
        await api.Cache.SetTextAsync("k", "2");

        Assert.Equal(first.Version, (await api.Cache.SetTextAsync("k", "1", once)).Version);
        Assert.Equal("2", (await api.Cache.GetAsync("k")).GetText());
        Assert.Equal((422, "idempotency-conflict"), await RefusalOf(() => api.Cache.SetTextAsync("k", "3", once)));
    }

    [Fact]
    public async Task Arguments_that_can_not_be_sent_are_named_and_nothing_is_sent()
    {
        await using var api = await ApiHost.StartAsync();
        var cache = api.Cache;

        await Refuses("IfVersion", () => cache.SetTextAsync("k", "v", new() { IfVersion = 1, IfAbsent = true }));
        await Refuses("IfVersion", () => cache.SetTextAsync("k", "v", new() { IfVersion = -1 }));
        await Refuses("IdempotencyKey", () => cache.SetTextAsync("k", "v", new() { IdempotencyKey = "a b" }));
        await Refuses("IdempotencyKey", () => cache.SetTextAsync("k", "v", new() { IdempotencyKey = "a\r\nX: y" }));
        await Refuses("ContentType", () => cache.SetAsync("k", default, new() { ContentType = "text/plain\r\nX: y" }));
        await Refuses("Ttl", () => cache.DeleteAsync("k", new() { Ttl = TimeSpan.FromSeconds(1) }));
        await Refuses("IfAbsent", () => cache.DeleteAsync("k", new() { IfAbsent = true }));
        await Refuses("ContentType", () => cache.IncrementAsync("k", 1, new() { ContentType = "text/plain" }));
        await Refuses("Durability", () => cache.SetTextAsync("k", "v", new() { Durability = (WriteDurability)9 }));
        await Refuses("Source", () => cache.GetAsync("k", new() { Source = EntrySource.Store, MaxAge = TimeSpan.Zero }));
        await Refuses("MaxAge", () => cache.GetAsync("k", new() { MaxAge = TimeSpan.FromSeconds(-1) }));
        await Refuses("value", () => cache.SetTextAsync("k", "half \ud83d"));
        await Refuses("tag", () => cache.SetTextAsync("k", "v", new() { Tags = ["half \ud83d"] }));
        foreach (var name in new[] { "", ".", "..", "a/b", "ü", new string('a', 65) })
        {
            Assert.Contains(
                "cache's name",
                Assert.Throws<ArgumentException>(() => api.Client.Cache(name)).Message,
                StringComparison.Ordinal
            );
        }

        Assert.Equal(EntryOutcome.Absent, (await cache.GetAsync("k")).Outcome);
    }

    private static async Task<(int, string?)> RefusalOf(Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RemansoApiException>(call);
        Assert.Contains(refused.Detail, refused.Message, StringComparison.Ordinal);
        return (refused.Status, refused.Code);
    }

    private static async Task Refuses(string named, Func<Task> call)
    {
        var refused = await Assert.ThrowsAnyAsync<ArgumentException>(call);
        Assert.Contains(named, refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("X: y", refused.Message, StringComparison.Ordinal);
    }
}
