using Remanso.Conformance.Faces;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>Expiry by tag and of everything, as callers see it.</summary>
public abstract class AsideExpiryConformance(FaceHarness harness) : AsideSuite(harness)
{
    private static readonly WriteOptions _red = new() { Tags = ["red"] };

    [Fact]
    public async Task What_carries_an_expired_tag_is_loaded_again_and_served_where_that_fails()
    {
        var cache = await StartAsync(Long);
        await cache.SetAsync("k", "old", _red, Cancelled);
        await cache.SetAsync("other", "old", new WriteOptions { Tags = ["blue"] }, Cancelled);

        await cache.ExpireByTagAsync("red", Cancelled);

        Assert.Equal(("old", true), await ServedAsync(cache, "k"));
        Assert.Equal(("old", false), await ServedAsync(cache, "other"));
        Assert.Equal("new", (await LoadAsync(cache, "k", "new")).Value);
        Assert.Equal(("new", false), await ServedAsync(cache, "k"));
    }

    [Fact]
    public async Task When_all_is_expired_everything_is_loaded_again_and_served_where_that_fails()
    {
        var cache = await StartAsync(Long);
        await cache.SetAsync("k", "old", _red, Cancelled);
        await cache.SetAsync("other", "old", cancellationToken: Cancelled);

        await cache.ExpireAllAsync(Cancelled);

        Assert.Equal(("old", true), await ServedAsync(cache, "k"));
        Assert.Equal(("old", true), await ServedAsync(cache, "other"));
        Assert.Equal("new", (await LoadAsync(cache, "k", "new")).Value);
        Assert.Equal(("new", false), await ServedAsync(cache, "k"));
    }

    [Fact]
    public async Task An_expired_copy_is_shown_without_a_load_where_the_reader_says_so_and_not_where_it_is_too_old()
    {
        var cache = await StartAsync(Long);
        await cache.SetAsync("k", "old", _red, Cancelled);
        await cache.ExpireByTagAsync("red", Cancelled);

        var read = await LoadAsync(cache, "k", "new", new ReadOptions { Stale = StaleCopies.AtOnce });

        Assert.Equal(("old", true), (read.Value, read.Stale));
        Assert.Equal(
            "new",
            (await LoadAsync(cache, "k", "new", new ReadOptions { Stale = StaleCopies.AtOnce, MaxStaleness = TimeSpan.Zero })).Value
        );
    }

    [Fact]
    public async Task Loads_under_way_can_not_fill_what_was_expired_with_a_tag_or_with_all()
    {
        var store = new ScriptedStore();
        var cache = await StartAsync(store, static cache => cache.Tags = static (_, _) => ["red"]);
        foreach (
            var expire in new Func<Task>[]
            {
                () => cache.ExpireByTagAsync(["red"], Cancelled).AsTask(),
                () => cache.ExpireAllAsync(Cancelled).AsTask(),
            }
        )
        {
            await cache.InvalidateAllAsync(Cancelled);
            store.Put("k", "old", 1);
            var gate = new Gate();
            store.OnLoad = (_, token) => gate.PassAsync(token);
            var load = cache.GetAsync("k", Cancelled).AsTask();
            await gate.ArrivedAsync();

            store.Put("k", "new", 2);
            await expire();
            store.OnLoad = static (_, _) => Task.CompletedTask;
            gate.Open();
            await load;

            Assert.Equal("new", (await cache.GetAsync("k", Cancelled)).Value);
        }
    }

    [Fact]
    public async Task A_near_copy_of_an_expired_entry_answers_nobody()
    {
        var cache = await StartAsync(static cache =>
        {
            Long(cache);
            cache.Options.Near.Enabled = true;
        });
        foreach (
            var expire in new Func<Task>[]
            {
                () => cache.ExpireByTagAsync("red", Cancelled).AsTask(),
                () => cache.ExpireAllAsync(Cancelled).AsTask(),
            }
        )
        {
            await cache.SetAsync("k", "old", _red, Cancelled);
            await cache.GetAsync("k", Cancelled);
            Assert.Equal(ReadSource.Near, (await cache.GetAsync("k", Cancelled)).Source);

            await expire();

            Assert.Equal(("old", true), await ServedAsync(cache, "k"));
            Assert.Equal("new", (await LoadAsync(cache, "k", "new")).Value);
        }
    }

    [Fact]
    public async Task Bad_tags_are_refused_before_anything_is_expired()
    {
        var cache = await StartAsync(Long);
        await cache.SetAsync("k", "old", _red, Cancelled);

        await Assert.ThrowsAsync<ArgumentNullException>(async () => await cache.ExpireByTagAsync((string[])null!, Cancelled));
        await Assert.ThrowsAsync<InvalidTagException>(async () => await cache.ExpireByTagAsync(["red", "a\nb"], Cancelled));
        await Assert.ThrowsAsync<InvalidTagException>(async () =>
            await cache.ExpireByTagAsync([.. Enumerable.Range(0, 1001).Select(static n => $"{n}")], Cancelled)
        );
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await cache.ExpireByTagAsync("red", new CancellationToken(canceled: true))
        );
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await cache.ExpireAllAsync(new CancellationToken(canceled: true))
        );

        Assert.Equal(("old", false), await ServedAsync(cache, "k"));
    }

    private static void Long(CacheConfiguration<string, string> cache) => cache.Options.Ttl.Base = TimeSpan.FromHours(1);

    private static async Task<(string?, bool)> ServedAsync(ICache<string, string> cache, string key)
    {
        var read = await FailAsync(cache, key);
        return (read.Value, read.Stale);
    }
}
