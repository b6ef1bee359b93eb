using Remanso.Testing;
using Remanso.Tiers;
using Remanso.Watching;
using Xunit;

namespace Remanso.Tests.Watching;

public sealed class WatchHubTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryTier _tier;
    private readonly WatchHub _hub;
    private Watcher? _last;

    public WatchHubTests()
    {
        _tier = new MemoryTier("texts", new TierOptions(), _time);
        _hub = new WatchHub(_tier, _time);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _hub.Dispose();
        return _tier.DisposeAsync();
    }

    [Fact]
    public async Task A_write_that_was_overtaken_is_told_neither_at_once_nor_to_one_who_goes_on_later()
    {
        await using var first = Begin(after: null);
        _hub.OnChanged("k", 5);
        _hub.OnChanged("k", 4);
        _hub.OnChanged("k", 6);
        Assert.Equal(WatchGap.Begun, (await NextAsync(first)).Change.Gap);
        var told = await NextAsync(first);
        Assert.Equal((5, 6), (told.Change.Version, (await NextAsync(first)).Change.Version));

        await using var next = Begin(told.Position);
        Assert.Equal(6, (await NextAsync(next)).Change.Version);
    }

    [Fact]
    public async Task A_position_is_good_for_a_minute_after_the_last_watcher_and_no_longer()
    {
        WatchPosition position;
        await using (var told = Begin(after: null))
        {
            position = (await NextAsync(told)).Position;
        }

        _hub.Leave(_last!);
        _time.Advance(TimeSpan.FromSeconds(59));
        _hub.OnChanged("k", 5);

        await using (var late = Begin(position))
        {
            Assert.Equal(5, (await NextAsync(late)).Change.Version);
        }

        _hub.Leave(_last!);
        _time.Advance(TimeSpan.FromSeconds(61));
        await using var later = Begin(position);
        Assert.Equal(WatchGap.Begun, (await NextAsync(later)).Change.Gap);
    }

    [Fact]
    public async Task What_nobody_watches_is_not_even_heard()
    {
        await using var one = Begin(after: null, "a");
        await using var other = BeginPrefix("p:");
        await NextAsync(one);
        await NextAsync(other);

        // More than is remembered: were they heard, each watcher would be told of a gap.
        for (var i = 0; i < 2 * ChangeRing.Size; i++)
        {
            _hub.OnChanged($"b:{i}", i + 1);
        }

        _hub.OnChanged("a", 5);
        _hub.OnChanged("p:1", 6);

        Assert.Equal((CacheChangeKind.Written, 5), KindAndVersion(await NextAsync(one)));
        Assert.Equal((CacheChangeKind.Written, 6), KindAndVersion(await NextAsync(other)));
    }

    [Fact]
    public async Task A_watcher_goes_on_only_where_all_that_it_wants_was_heard_since()
    {
        await using var first = Begin(after: null, "a");
        var position = (await NextAsync(first)).Position;
        _hub.OnChanged("b", 1);

        await using (var more = Begin(position, "a", "b"))
        {
            Assert.Equal(WatchGap.Begun, (await NextAsync(more)).Change.Gap);
        }

        await using (var again = Begin(position, "a", "b"))
        {
            Assert.Equal(WatchGap.Begun, (await NextAsync(again)).Change.Gap);
        }

        await using var same = Begin(position, "a");
        _hub.OnChanged("a", 2);
        Assert.Equal((CacheChangeKind.Written, 2), KindAndVersion(await NextAsync(same)));
    }

    [Fact]
    public async Task What_was_watched_is_heard_for_a_minute_more_though_others_watch()
    {
        WatchPosition position;
        await using (var told = Begin(after: null, "a"))
        {
            position = (await NextAsync(told)).Position;
        }

        _hub.Leave(_last!);
        await using var other = Begin(after: null, "z");
        var others = _last!;
        _time.Advance(TimeSpan.FromSeconds(59));
        _hub.OnChanged("a", 5);
        await using (var late = Begin(position, "a"))
        {
            Assert.Equal((CacheChangeKind.Written, 5), KindAndVersion(await NextAsync(late)));
        }

        _hub.Leave(_last!);

        _time.Advance(TimeSpan.FromSeconds(61));
        _hub.Leave(others);
        _hub.OnChanged("a", 6);
        await using (var fresh = Begin(after: null, "a"))
        {
            Assert.Equal(WatchGap.Begun, (await NextAsync(fresh)).Change.Gap);
        }

        await using var later = Begin(position, "a");
        Assert.Equal(WatchGap.Begun, (await NextAsync(later)).Change.Gap);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("k")]
    public async Task A_watcher_that_leaves_before_it_began_takes_nothing_from_the_others(string? key)
    {
        string[] keys = key is null ? [] : [key];
        await using var stays = Begin(after: null, keys);
        await NextAsync(stays);

        // As one does whose client went while the tier could not be heard.
        _hub.Enter();
        _hub.Leave(new Watcher(key is null ? null : new HashSet<string> { key }, prefix: null, buffer: 16));
        _time.Advance(TimeSpan.FromSeconds(61));
        await using (Begin(after: null, "other"))
        {
            // The one that leaves after a minute has what nobody wants any more forgotten.
        }

        _hub.Leave(_last!);
        _hub.OnChanged("k", 5);

        Assert.Equal((CacheChangeKind.Written, 5), KindAndVersion(await NextAsync(stays)));
    }

    [Fact]
    public void A_watch_after_the_stop_is_told_that_and_not_of_a_write()
    {
        _hub.Dispose();

        var error = Assert.Throws<CacheStoppedException>(_hub.Enter);

        Assert.Equal(("texts", "The cache 'texts' is stopped: it tells of no changes any more."), (error.Cache, error.Message));
    }

    private static (CacheChangeKind Kind, long Version) KindAndVersion(Watcher.Told told) => (told.Change.Kind, told.Change.Version);

    private IAsyncEnumerator<Watcher.Told> Begin(WatchPosition? after, params string[] keys) =>
        Begin(after, keys.Length == 0 ? null : keys.ToHashSet(), prefix: null);

    private IAsyncEnumerator<Watcher.Told> BeginPrefix(string prefix) => Begin(after: null, keys: null, prefix);

    private IAsyncEnumerator<Watcher.Told> Begin(WatchPosition? after, HashSet<string>? keys, string? prefix)
    {
        _last = new Watcher(keys, prefix, buffer: 16);
        _hub.Enter();
        _hub.Begin(_last, after);
        return _last.ReadAsync(CancellationToken.None).GetAsyncEnumerator();
    }

    private static async Task<Watcher.Told> NextAsync(IAsyncEnumerator<Watcher.Told> told)
    {
        Assert.True(await told.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
        return told.Current;
    }
}
