using Remanso.Conformance.Faces;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>What a watcher is told of a cache's changes.</summary>
public abstract class WatchConformance(FaceHarness harness) : AsideSuite(harness)
{
    [Fact]
    public async Task A_watch_begins_with_a_gap_and_tells_of_writes_removals_and_what_was_dropped()
    {
        var cache = await StartAsync(new ScriptedStore());
        await using var watch = await WatchAsync(cache);

        var first = (await cache.SetAsync("a", "1", cancellationToken: Cancelled)).Version;
        var second = (await cache.SetAsync("a", "2", cancellationToken: Cancelled)).Version;
        var third = (await cache.RemoveAsync("a", cancellationToken: Cancelled)).Version;
        await cache.Operations.FlushAsync(Cancelled);
        await cache.InvalidateAsync(["a"], Cancelled);
        await cache.RemoveByTagAsync("red", Cancelled);
        await cache.InvalidateAllAsync(Cancelled);

        Assert.Equal(
            [
                $"Written a {first}",
                $"Written a {second}",
                $"Removed a {third}",
                "Invalidated a 0",
                "TagInvalidated  red",
                "AllInvalidated  0",
            ],
            await watch.TakeUntilAsync("AllInvalidated  0", static change =>
                $"{change.Kind} {change.Key} {change.Tag ?? $"{change.Version}"}"
            )
        );
    }

    [Fact]
    public async Task Only_the_wanted_keys_are_told_of()
    {
        var cache = await StartAsync(new ScriptedStore());
        await using var keys = await WatchAsync(cache, new() { Keys = ["a", "b"] });
        await using var prefix = await WatchAsync(cache, new() { Prefix = "price:" });
        foreach (var key in new[] { "c", "price:1", "a", "other", "b", "price:2" })
        {
            await cache.SetAsync(key, "v", cancellationToken: Cancelled);
        }

        Assert.Equal(["a", "b"], await keys.TakeAsync(2, static change => change.Key!));
        Assert.Equal(["price:1", "price:2"], await prefix.TakeAsync(2, static change => change.Key!));
    }

    [Fact]
    public async Task Values_come_with_the_changes_where_they_are_asked_for()
    {
        var cache = await StartAsync(new ScriptedStore());
        await using var watch = await WatchAsync(cache, new() { WithValues = true });
        var version = (await cache.SetAsync("a", "v", cancellationToken: Cancelled)).Version;
        await cache.RemoveAsync("b", cancellationToken: Cancelled);

        var written = (await watch.TakeAsync(1, static change => change))[0];
        Assert.Equal(("v", version, version), (written.Read?.Value, written.Read?.Version, written.Version));
        Assert.Null((await watch.TakeAsync(1, static change => change))[0].Read);
    }

    [Fact]
    public async Task A_row_of_others_that_wins_is_a_change()
    {
        var store = new ScriptedStore();
        var cache = await StartAsync(store);
        store.Put("k", "theirs", 1L << 52);
        await using var watch = await WatchAsync(cache);
        await cache.SetAsync("k", "ours", cancellationToken: Cancelled);
        await cache.Operations.FlushAsync(Cancelled);

        Assert.Equal(1L << 52, (await watch.TakeAsync(2, static change => change.Version))[1]);
    }

    [Fact]
    public async Task A_watch_goes_on_where_an_earlier_one_ended()
    {
        var cache = await StartAsync(new ScriptedStore());
        WatchPosition position;
        await using (var watch = await WatchAsync(cache))
        {
            await cache.SetAsync("a", "1", cancellationToken: Cancelled);
            position = (await watch.TakeAsync(1, static change => change.Position))[0];
        }

        await using var heard = await WatchAsync(cache);
        await cache.SetAsync("b", "2", cancellationToken: Cancelled);
        await cache.SetAsync("c", "3", cancellationToken: Cancelled);
        await heard.TakeAsync(2, static change => change);
        Assert.True(WatchPosition.TryParse($"{position}", out var parsed));

        await using var next = new Watched(cache.WatchAsync(new() { After = parsed, Prefix = "c" }, Cancelled));
        Assert.Equal(["Written c"], await next.TakeAsync(1, static change => $"{change.Kind} {change.Key}"));
        await using var lost = new Watched(cache.WatchAsync(new() { After = parsed with { Run = 1 } }, Cancelled));
        Assert.Equal([WatchGap.Begun], await lost.TakeAsync(1, static change => change.Gap));
    }

    [Fact]
    public async Task A_watcher_that_is_slower_than_the_changes_is_told_so_and_goes_on()
    {
        var cache = await StartAsync(new ScriptedStore());
        await using var slow = await WatchAsync(cache, new() { Buffer = 10 });
        await using var quick = await WatchAsync(cache);
        for (var i = 0; i < 100; i++)
        {
            await cache.SetAsync($"k{i}", "v", cancellationToken: Cancelled);
        }

        await quick.TakeAsync(100, static change => change);

        Assert.Equal([WatchGap.Slow], await slow.TakeAsync(1, static change => change.Gap));
        await cache.SetAsync("last", "v", cancellationToken: Cancelled);
        Assert.Equal(["last"], await slow.TakeAsync(1, static change => change.Key!));
    }

    [Fact]
    public async Task Changes_of_a_key_that_many_write_come_in_the_order_of_its_versions()
    {
        var cache = await StartAsync(new ScriptedStore());
        await using var watch = await WatchAsync(cache, new() { Buffer = WatchOptions<string>.MaxBuffer });
        var highest = (
            await Task.WhenAll(
                Enumerable
                    .Range(0, 4)
                    .Select(writer =>
                        Task.Run(async () =>
                        {
                            var version = 0L;
                            for (var i = 0; i < 250; i++)
                            {
                                version = (await cache.SetAsync("k", $"{writer} {i}", cancellationToken: Cancelled)).Version;
                            }

                            return version;
                        })
                    )
            )
        ).Max();

        var before = 0L;
        while (before < highest)
        {
            var version = (await watch.TakeAsync(1, static change => change.Version))[0];
            Assert.True(version > before);
            before = version;
        }
    }

    [Fact]
    public async Task A_watch_ends_when_its_caller_leaves_and_when_the_cache_stops()
    {
        var process = await Harness.StartAsync(builder =>
            builder.UseStore(_ => new ScriptedStore()).AddCache<string, string>(Harness.CacheName)
        );
        var cache = process.Get<ICache<string, string>>();
        using var leaves = new CancellationTokenSource();
        await using var left = new Watched(cache.WatchAsync(cancellationToken: leaves.Token));
        await left.TakeAsync(1, static change => change);
        await using var stays = await WatchAsync(cache);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left.TakeAsync(1, static change => change));

        await process.DisposeAsync();
        Assert.Empty(await stays.TakeAsync(1, static change => change));
    }

    [Fact]
    public async Task Wishes_that_make_no_sense_are_refused()
    {
        var cache = await StartAsync(new ScriptedStore());

        Assert.Throws<ArgumentException>(() => cache.WatchAsync(new() { Keys = ["a"], Prefix = "b" }, Cancelled));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.WatchAsync(new() { Buffer = 0 }, Cancelled));
        Assert.False(WatchPosition.TryParse("zz-1", out _));
        Assert.False(WatchPosition.TryParse(null, out _));
    }

    private static async Task<Watched> WatchAsync(ICache<string, string> cache, WatchOptions<string>? options = null)
    {
        var watch = new Watched(cache.WatchAsync(options, Cancelled));
        Assert.Equal([WatchGap.Begun], await watch.TakeAsync(1, static change => change.Gap));
        return watch;
    }

    private sealed class Watched(IAsyncEnumerable<CacheChange<string, string>> changes) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<CacheChange<string, string>> _changes = changes.GetAsyncEnumerator(CancellationToken.None);

        /// <summary>So many of the next changes, or as many as there are.</summary>
        public async Task<List<TResult>> TakeAsync<TResult>(int count, Func<CacheChange<string, string>, TResult> of)
        {
            var taken = new List<TResult>();
            while (taken.Count < count && await _changes.MoveNextAsync())
            {
                taken.Add(of(_changes.Current));
            }

            return taken;
        }

        /// <summary>The next changes up to this one; each partition may tell of what concerns all, which counts once.</summary>
        public async Task<List<string>> TakeUntilAsync(string last, Func<CacheChange<string, string>, string> of)
        {
            var taken = new List<string>();
            while ((taken.Count == 0 || taken[^1] != last) && await _changes.MoveNextAsync())
            {
                var change = of(_changes.Current);
                if (taken.Count == 0 || taken[^1] != change)
                {
                    taken.Add(change);
                }
            }

            return taken;
        }

        public ValueTask DisposeAsync() => _changes.DisposeAsync();
    }
}
