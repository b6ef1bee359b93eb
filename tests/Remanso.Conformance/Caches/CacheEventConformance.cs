using System.Collections.Concurrent;
using Remanso.Conformance.Faces;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>What an observer hears of a cache.</summary>
public abstract class CacheEventConformance(FaceHarness harness) : AsideSuite(harness)
{
    private readonly ConcurrentQueue<CacheEvent> _heard = new();
    private ICacheRegistry _registry = null!;

    [Fact]
    public async Task Reads_are_hits_misses_stale_or_absent_and_loads_are_heard_once()
    {
        var cache = await ObservedAsync();
        await LoadAsync(cache, "k", "one");
        await LoadAsync(cache, "k", "two");
        await LoadAsync(cache, "none", null);
        await cache.ExpireAsync("k", Cancelled);
        await FailAsync(cache, "k");

        Assert.Equal(
            [
                "Loaded k Store",
                "Miss k Store",
                "Hit k Tier",
                "Loaded none Store",
                "Absent none Store",
                "Expired k",
                "LoadFailed k Store",
                "Stale k Tier",
            ],
            Told(static what => $"{what.Kind} {what.Key} {what.Source}".TrimEnd())
        );
        Assert.Equal("The load failed.", _heard.Single(static what => what.Kind == CacheEventKinds.LoadFailed).Error);
        Assert.All(_heard, static what => Assert.Equal(1, what.Count));
        Assert.All(
            _heard.Where(static what =>
                what.Key == "k" && what.Kind is CacheEventKinds.Miss or CacheEventKinds.Hit or CacheEventKinds.Stale
            ),
            static what => Assert.True(what.Version > 0)
        );
    }

    [Fact]
    public async Task Near_hits_are_heard_with_their_key_as_the_tier_has_it()
    {
        var cache = await ObservedAsync(static options => options.Near.Enabled = true);
        await cache.SetAsync("k", "v", cancellationToken: Cancelled);
        await cache.GetAsync("k", Cancelled);
        await cache.GetAsync("k", Cancelled);

        Assert.Equal(["Written k ", "Hit k Tier", "Hit k Near"], Told(static what => $"{what.Kind} {what.Key} {what.Source}"));
    }

    [Fact]
    public async Task Reads_of_many_and_reads_without_a_load_are_heard_too()
    {
        var cache = await ObservedAsync();
        await cache.SetAsync("a", "1", cancellationToken: Cancelled);
        await cache.GetManyAsync(["a", "b"], Cancelled);
        await cache.GetAsync("c", ReadFrom.Tier, Cancelled);

        Assert.Equal(
            ["Absent b", "Absent c", "Hit a", "Written a"],
            Told(static what => $"{what.Kind} {what.Key}").Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Writes_flushes_superseded_and_dead_letters_are_heard()
    {
        var store = new ScriptedStore();
        var cache = await ObservedAsync(store);
        store.Put("lost", "theirs", 1L << 52);
        var receipt = await cache.SetAsync("good", "v", cancellationToken: Cancelled);
        await cache.SetAsync("lost", "v", cancellationToken: Cancelled);
        await cache.Operations.FlushAsync(Cancelled);
        Assert.Equal(2, _heard.Where(static what => what.Kind == CacheEventKinds.Flushed).Sum(static what => what.Count));
        Assert.Contains(_heard, what => what.Kind == CacheEventKinds.Written && what.Key == "good" && what.Version == receipt.Version);
        Assert.Contains(_heard, static what => what is { Kind: CacheEventKinds.Superseded, Key: "lost", Version: 1L << 52 });

        store.BeforeSave = static writes =>
            writes.Any(static write => write.Key == "bad")
                ? Task.FromException(new StoreException("too long", isTransient: false))
                : Task.CompletedTask;
        await cache.SetAsync("bad", "v", cancellationToken: Cancelled);
        await cache.SetAsync("other", "v", cancellationToken: Cancelled);
        await HeardAsync(CacheEventKinds.DeadLettered, cache);
        Assert.Contains(_heard, static what => what is { Kind: CacheEventKinds.DeadLettered, Key: "bad", Error: "too long", Version: > 0 });
    }

    [Fact]
    public async Task A_flush_that_fails_is_heard_with_what_is_tried_again()
    {
        var store = new ScriptedStore();
        var cache = await ObservedAsync(store);
        store.BeforeSave = static _ => Task.FromException(new StoreException("down", isTransient: true));
        await cache.SetAsync("k", "v", cancellationToken: Cancelled);
        await cache.Operations.FlushAsync(Cancelled);

        Assert.Contains(_heard, static what => what is { Kind: CacheEventKinds.FlushFailed, Count: 1, Error: "down" });
        // A drain would wait for the store.
        store.BeforeSave = static _ => Task.CompletedTask;
    }

    /// <summary>Flushes, and lets time pass until the kind was heard: a flush of what fails waits between its tries.</summary>
    private async Task HeardAsync(CacheEventKinds kind, ICache<string, string> cache)
    {
        var flush = cache.Operations.FlushAsync(Cancelled).AsTask();
        await Until.TrueAsync(
            async () =>
            {
                await Harness.PassAsync(TimeSpan.FromMilliseconds(50));
                return _heard.Any(what => what.Kind == kind);
            },
            $"{kind} is heard"
        );
        _ = flush.ContinueWith(
            static ended => ended.Exception,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default
        );
    }

    [Fact]
    public async Task Calls_that_drop_or_expire_are_heard()
    {
        var cache = await ObservedAsync();
        await cache.InvalidateAsync(["a", "b"], Cancelled);
        await cache.RemoveByTagAsync(["red", "blue"], Cancelled);
        await cache.InvalidateAllAsync(Cancelled);
        await cache.ExpireByTagAsync("red", Cancelled);
        await cache.ExpireAllAsync(Cancelled);

        Assert.Equal(
            [
                "Invalidated a  1",
                "Invalidated b  1",
                "Invalidated  red 0",
                "Invalidated  blue 0",
                "Invalidated   0",
                "Expired  red 0",
                "Expired   0",
            ],
            Told(static what => $"{what.Kind} {what.Key} {what.Tag} {what.Count}")
        );
    }

    [Fact]
    public async Task An_observer_hears_what_it_wants_until_it_leaves_and_one_that_throws_harms_nobody()
    {
        var cache = await BeginAsync();
        var heard = new ConcurrentQueue<CacheEventKinds>();
        using var bad = _registry.Observe(static _ => throw new InvalidOperationException("mine"));
        var observation = _registry.Observe(what => heard.Enqueue(what.Kind), CacheEventKinds.Written, Harness.CacheName);
        await cache.SetAsync("k", "v", cancellationToken: Cancelled);
        Assert.Equal("v", (await cache.GetAsync("k", Cancelled)).Value);

        observation.Dispose();
        observation.Dispose();
        await cache.SetAsync("k", "w", cancellationToken: Cancelled);

        Assert.Equal([CacheEventKinds.Written], heard);
        Assert.Throws<KeyNotFoundException>(() => _registry.Observe(static _ => { }, cache: "other"));
        Assert.Throws<ArgumentNullException>(() => _registry.Observe(null!));
    }

    private IEnumerable<string> Told(Func<CacheEvent, string> line) => _heard.Select(line);

    private async Task<ICache<string, string>> ObservedAsync(Action<CacheOptions>? configure = null) =>
        Observe(await BeginAsync(configure));

    private async Task<ICache<string, string>> ObservedAsync(ScriptedStore store)
    {
        var process = await Harness.StartAsync(builder => builder.UseStore(_ => store).AddCache<string, string>(Harness.CacheName));
        _registry = process.Get<ICacheRegistry>();
        return Observe(process.Get<ICache<string, string>>());
    }

    private async Task<ICache<string, string>> BeginAsync(Action<CacheOptions>? configure = null)
    {
        var process = await Harness.StartAsync(builder => builder.AddCache<string, string>(Harness.CacheName, cache =>
            {
                cache.WithoutStore = true;
                cache.Options.Ttl = new() { Base = TimeSpan.FromHours(1), Grace = TimeSpan.FromHours(1) };
                cache.Options.Load.FirstBackoff = TimeSpan.Zero;
                configure?.Invoke(cache.Options);
            }));
        _registry = process.Get<ICacheRegistry>();
        return process.Get<ICache<string, string>>();
    }

    private ICache<string, string> Observe(ICache<string, string> cache)
    {
        _registry.Observe(_heard.Enqueue);
        return cache;
    }
}
