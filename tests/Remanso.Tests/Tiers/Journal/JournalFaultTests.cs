using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Remanso.Tiers.Memory;
using Xunit;

namespace Remanso.Tests.Tiers.Journal;

/// <summary>Errors of the writer itself and not of its journal, as when memory runs out: a clock that fails stands for them.</summary>
[Collection(ManualClockTests.Name)]
public sealed class JournalFaultTests : IAsyncDisposable
{
    private readonly FailingClock _clock = new();
    private readonly ScriptedJournal _journal = new();
    private readonly JournalWriter _writer;

    public JournalFaultTests() => _writer = new JournalWriter(_journal, _clock, NullLogger.Instance);

    [Fact]
    public async Task A_commit_that_an_error_ended_before_its_journal_was_asked_is_made_by_the_next_one()
    {
        await _writer.OpenAsync("test", new Dictionary<string, NotedStore> { ["test"] = new("store") }, CancellationToken.None);
        _clock.FailingReads = 1;
        Write("k", 1);
        // The clock stands still, so it is not tried again before it is seen to have failed.
        await CacheHarness.SettleAsync();
        Assert.NotNull(_writer.Problem);
        var waiting = _writer.CommittedAsync("test", "k", 1);

        await UntilAsync(() => _writer.Problem is null);

        Assert.Equal(["k"], _journal.Rows.Keys);
        await Assert.ThrowsAsync<TierJournalException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task An_error_of_the_wait_after_a_failed_commit_ends_no_journal()
    {
        await _writer.OpenAsync("test", new Dictionary<string, NotedStore> { ["test"] = new("store") }, CancellationToken.None);
        _journal.BeforeCommit = _ =>
        {
            _journal.BeforeCommit = static _ => Task.CompletedTask;
            _clock.FailingTimers = 1;
            throw new TierJournalException("The disk is full.");
        };
        Write("k", 1);
        await UntilAsync(() => _clock.FailingTimers == 0 && _writer.Problem is null);
        Write("later", 2);

        await UntilAsync(() => _journal.Rows.Count == 2);

        Assert.Equal(["k", "later"], _journal.Rows.Keys.Order());
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private void Write(string key, long version) =>
        _writer.Write(new JournalRecord("test", key, version, new CacheEntry { Version = version }), wasDirty: false);

    private async Task UntilAsync(Func<bool> holds)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), "Waited in vain.");
            _clock.Time.Advance(TimeSpan.FromMilliseconds(100));
            await CacheHarness.SettleAsync();
        }
    }

    private sealed class FailingClock : TimeProvider
    {
        public ManualTimeProvider Time { get; } = new();

        public int FailingReads { get; set; }

        public int FailingTimers { get; set; }

        public override long TimestampFrequency => Time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => Time.GetUtcNow();

        public override long GetTimestamp() =>
            FailingReads-- > 0 ? throw new InvalidOperationException("no timestamp") : Time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (FailingTimers > 0)
            {
                FailingTimers--;
                throw new InvalidOperationException("no timer");
            }

            return Time.CreateTimer(callback, state, dueTime, period);
        }
    }
}
