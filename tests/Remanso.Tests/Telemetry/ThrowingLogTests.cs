using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Telemetry;

/// <summary>A log that can't be written: what was only about to tell something goes on.</summary>
[Collection(ManualClockTests.Name)]
public sealed class ThrowingLogTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly RecordingLog _log = new() { Failure = new AggregateException(new IOException("no space left on the log's disk")) };

    [Fact]
    public async Task What_could_not_be_flushed_is_stored_at_the_stop()
    {
        await using var harness = await CacheHarness.StartAsync(loggers: _log);
        harness.Store.BeforeSave = static _ => throw new TimeoutException("away");
        await harness.Cache.SetAsync("k", "v");
        await harness.AdvanceUntilAsync(() => Told("could not be flushed"), "a flush failed");

        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        var stop = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stop.IsCompleted, "the stop");
        await stop;

        Assert.Equal("v", harness.Store.Text("k"));
    }

    [Fact]
    public async Task The_journal_goes_on_after_a_commit_that_failed()
    {
        var (gate, time) = (new Gate(), new ManualTimeProvider());
        var journal = new ScriptedJournal
        {
            BeforeCommit = async _ =>
            {
                await gate.PassAsync();
                throw new IOException("full");
            },
        };
        await using var provider = new MemoryTierProvider(time, journal, _log);
        var tier = provider.Create("test", new TierOptions());
        await tier.InitializeAsync(CancellationToken.None);
        var version = await tier.WriteAsync("k", "v");
        await gate.ArrivedAsync();
        var waiting = LoggedAsync(tier, version);
        gate.Open();
        await Assert.ThrowsAsync<DurabilityNotReachedException>(() => waiting);

        journal.BeforeCommit = static _ => Task.CompletedTask;
        for (var i = 0; i < 100 && tier.WhyNot(Durability.Logged) is not null; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await CacheHarness.SettleAsync();
        }

        await LoggedAsync(tier, await tier.WriteAsync("k", "w"));

        Assert.Equal("w", journal.Rows["k"].Entry!.Text());
    }

    [Fact]
    public async Task A_tier_that_is_back_is_used_again()
    {
        var (harness, tier) = await DownTier.StartAsync(loggers: _log);
        await using var running = harness;
        tier.TakeAway();
        await harness.Cache.GetAsync("k");
        await harness.AdvanceUntilAsync(() => Told("can't be reached"), "the tier is down");

        tier.GiveBack();
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the tier is in use again");
    }

    private static Task LoggedAsync(ICacheTier tier, long version) =>
        tier.EnsureAsync("k", version, Durability.Logged, _patience, CancellationToken.None).AsTask().WaitAsync(_patience);

    private bool Told(string what) => _log.Lines.Any(line => line.Contains(what, StringComparison.Ordinal));
}
