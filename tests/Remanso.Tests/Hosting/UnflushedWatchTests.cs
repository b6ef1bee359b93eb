using Remanso.Conformance.Support;
using Remanso.Hosting;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>What is dirty in a shared tier and nobody flushes is told: whether this process declares the cache or not.</summary>
[Collection(ManualClockTests.Name)]
public sealed class UnflushedWatchTests : IAsyncLifetime
{
    private static readonly TimeSpan _now = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _longAgo = TimeSpan.FromHours(1);

    private readonly ManualTimeProvider _time = new();
    private readonly RecordingLog _log = new();
    private readonly Tiers _tiers = new();
    private readonly UnflushedWatch _watch;

    public UnflushedWatchTests() =>
        _watch = new UnflushedWatch(
            _tiers,
            new Dictionary<string, bool>(StringComparer.Ordinal) { ["flushed"] = true, ["served"] = false },
            _time,
            _log
        );

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await _watch.DisposeAsync();

    [Fact]
    public async Task A_start_tells_of_a_cache_that_nobody_has_used_for_a_minute_and_says_it_once()
    {
        _tiers.Known = [Cache("left", _longAgo, entries: 20, deadLetters: 3), Cache("left-letters", _longAgo, deadLetters: 1)];
        await _watch.StartAsync(waits: true, CancellationToken.None);

        Assert.Equal(
            [
                "cache left: 20 dirty entries and 3 dead letters wait in the tier; it is not declared here, and no process flushes it",
                "cache left-letters: 0 dirty entries and 1 dead letters wait in the tier; it is not declared here, and no process "
                    + "flushes it",
            ],
            _watch.Warnings
        );
        Assert.Equal([("left", 20L), ("left-letters", 0L)], _watch.Waiting);
        await LookAgainAsync(times: 5);
        Assert.Equal(2, _watch.Warnings.Count);
        Assert.Equal(2, _log.Lines.Count);
        Assert.Contains(
            "Cache left: 20 dirty entries and 3 dead letters wait in the tier; it is not declared here, and no process flushes it. They "
                + "stay in the tier until one that does declares it again",
            _log.Lines
        );
    }

    [Fact]
    public async Task Nothing_is_told_of_what_is_flushed_elsewhere_or_here_or_is_empty()
    {
        _tiers.Known =
        [
            Cache("elsewhere", _now, entries: 20, deadLetters: 3) with
            {
                Workers = 1,
            },
            // Which has not begun to flush, and says why itself.
            Cache("flushed", _now, entries: 20),
            Cache("empty", _longAgo),
            // Its dead letters are told by whoever declares it.
            Cache("served", _now, deadLetters: 3),
        ];
        await _watch.StartAsync(waits: true, CancellationToken.None);
        await LookAgainAsync(times: 10);

        Assert.Empty(_watch.Warnings);
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData("served", "20 dirty entries wait in the tier, and no process flushes it")]
    [InlineData("new", "20 dirty entries and 0 dead letters wait in the tier; it is not declared here, and no process flushes it")]
    public async Task A_cache_in_use_may_be_without_a_worker_for_a_minute(string cache, string warning)
    {
        _tiers.Known = [Cache(cache, _now, entries: 20)];
        await _watch.StartAsync(waits: true, CancellationToken.None);
        await LookAgainAsync(times: 2);
        Assert.Empty(_watch.Warnings);

        // One that comes meanwhile counts, and the minute begins anew with the next gap.
        _tiers.Known = [Cache(cache, _now) with { Workers = 1 }];
        await LookAgainAsync(times: 1);
        _tiers.Known = [Cache(cache, _now, entries: 20)];
        await LookAgainAsync(times: 3);
        Assert.Empty(_watch.Warnings);
        Assert.Empty(_log.Lines);

        await LookAgainAsync(times: 1);
        Assert.Equal([$"cache {cache}: {warning}"], _watch.Warnings);
        Assert.StartsWith($"Cache {cache}: {warning}", Assert.Single(_log.Lines), StringComparison.Ordinal);

        _tiers.Known = [Cache(cache, _now) with { Workers = 1 }];
        await LookAgainAsync(times: 1);
        Assert.Empty(_watch.Warnings);
    }

    [Fact]
    public async Task A_look_that_fails_leaves_what_was_found_and_the_next_one_looks_again()
    {
        _tiers.Known = [Cache("left", _longAgo, entries: 20)];
        await _watch.StartAsync(waits: true, CancellationToken.None);
        _tiers.Known = null;
        await LookAgainAsync(times: 2);
        Assert.Single(_watch.Warnings);

        _tiers.Known = [];
        await LookAgainAsync(times: 1);
        Assert.Empty(_watch.Warnings);
    }

    [Fact]
    public async Task After_an_outage_a_cache_has_its_minute_for_nobody_has_used_anything_meanwhile()
    {
        _tiers.Known = [Cache("new", _now, entries: 20)];
        await _watch.StartAsync(waits: true, CancellationToken.None);
        _tiers.Known = null;
        await LookAgainAsync(times: 6);

        _tiers.Known = [Cache("new", _longAgo, entries: 20), Cache("served", _longAgo, entries: 20)];
        await LookAgainAsync(times: 3);
        Assert.Empty(_watch.Warnings);
        await LookAgainAsync(times: 1);
        Assert.Equal(2, _watch.Warnings.Count);
    }

    [Fact]
    public async Task What_can_not_be_looked_at_now_is_told_as_before_and_has_no_new_minute()
    {
        _tiers.Known = [Cache("left", _longAgo, entries: 20), Cache("new", _now, entries: 20)];
        await _watch.StartAsync(waits: true, CancellationToken.None);
        var before = Assert.Single(_watch.Warnings);

        _tiers.Known = [Unknown("left"), Unknown("new")];
        await LookAgainAsync(times: 2);
        Assert.Equal([before], _watch.Warnings);
        Assert.Equal([("left", 20L)], _watch.Waiting);

        _tiers.Known = [Cache("left", _longAgo, entries: 20), Cache("new", _now, entries: 20)];
        await LookAgainAsync(times: 1);
        Assert.Equal(2, _watch.Warnings.Count);
        Assert.Equal(2, _log.Lines.Count);

        static KnownCache Unknown(string name) => new(name, Workers: 0, default, default) { IsUnknown = true };
    }

    [Fact]
    public async Task A_tier_that_hangs_holds_up_neither_the_start_nor_the_stop()
    {
        _tiers.Hangs = true;
        var starting = _watch.StartAsync(waits: true, CancellationToken.None);
        await CacheHarness.SettleAsync();
        Assert.False(starting.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(2));
        await starting;
        await _watch.StopAsync();
    }

    private static KnownCache Cache(string name, TimeSpan unused, long entries = 0, long deadLetters = 0) =>
        new(name, Workers: 0, unused, new DirtySummary(entries, entries, default, deadLetters));

    private async Task LookAgainAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await CacheHarness.SettleAsync();
            _time.Advance(UnflushedWatch.Every);
            await CacheHarness.SettleAsync();
        }
    }

    /// <summary>A tier that knows what the test says; null: it can't be reached.</summary>
    private sealed class Tiers : ITierProvider
    {
        public IReadOnlyList<KnownCache>? Known { get; set; } = [];

        public bool Hangs { get; set; }

        public string Description => "nowhere";

        public string Promise => "none";

        public ICacheTier Create(string cache, TierOptions options) => throw new NotSupportedException();

        public async ValueTask<IReadOnlyList<KnownCache>> ListCachesAsync(CancellationToken cancellationToken)
        {
            if (Hangs)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return Known ?? throw new TierUnavailableException("taken away by the test", mayHaveHappened: false);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
