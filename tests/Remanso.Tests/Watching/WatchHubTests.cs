using Remanso.Conformance.Time;
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
        await using (var told = Begin(after: null)) position = (await NextAsync(told)).Position;
        _hub.Leave(_last!);
        _time.Advance(TimeSpan.FromSeconds(59));
        _hub.OnChanged("k", 5);

        await using (var late = Begin(position)) Assert.Equal(5, (await NextAsync(late)).Change.Version);

        _hub.Leave(_last!);
        _time.Advance(TimeSpan.FromSeconds(61));
        await using var later = Begin(position);
        Assert.Equal(WatchGap.Begun, (await NextAsync(later)).Change.Gap);
    }

    private IAsyncEnumerator<Watcher.Told> Begin(WatchPosition? after)
    {
        _last = new Watcher(keys: null, prefix: null, buffer: 16);
        _hub.Enter();
        _hub.Begin(_last, after);
        return _last.ReadAsync(CancellationToken.None).GetAsyncEnumerator();
    }

    private static async Task<Watcher.Told> NextAsync(IAsyncEnumerator<Watcher.Told> told)
    {
        Assert.True(await told.MoveNextAsync());
        return told.Current;
    }
}
