using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Remanso.Tiers.Memory;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>What moves the metrics of a journal.</summary>
internal static class JournalMetrics
{
    private const string Commits = "remanso.journal.commits";

    public static MetricCase[] Cases { get; } =
    [
        new(Commits, "", "a logged write", 1, CommitAsync),
        new(Commits, "", "one before and one after what was stored before its commit came, which costs none", 2, NothingLeftAsync),
        new("remanso.journal.records", "", "three logged writes of one call, in one commit or two", 3, ManyAsync),
        new("remanso.journal.commit.duration", "", "a commit of 20 ms", 0.02, CommitAsync),
        new("remanso.journal.commit.duration", "", "one before and one after what was stored before its commit came", 0, NothingLeftAsync)
        {
            Times = 2,
        },
        new("remanso.journal.errors", "", "a commit that fails", 1, FailedAsync),
        new("remanso.journal.pending", "", "one record under way and two behind it", 3, PendingAsync),
        new("remanso.journal.pending", "", "the removal of what was stored, which loses nothing", 0, StoredAsync),
        new("remanso.journal.recovered", "", "two entries from before", 2, RecoveredAsync),
        new("remanso.journal.damages", "", "a page that can't be read", 1, DamagedAsync),
    ];

    private static readonly WriteOptions _logged = new() { Durability = Durability.Logged };

    private static async Task CommitAsync(MetricRun run)
    {
        var journal = new ScriptedJournal();
        var harness = await run.StartAsync(journal: journal);
        var gate = new Gate();
        journal.BeforeCommit = _ => gate.PassAsync();
        run.Mark();
        var writing = harness.Cache.SetAsync("a", "1", _logged).AsTask();
        await gate.ArrivedAsync();
        harness.Time.Advance(TimeSpan.FromMilliseconds(20));
        gate.Open();
        await writing;
    }

    private static async Task ManyAsync(MetricRun run)
    {
        var harness = await run.StartAsync(journal: new ScriptedJournal());
        run.Mark();
        await harness.Cache.SetManyAsync([new("a", "1"), new("b", "2"), new("c", "3")], _logged);
    }

    private static async Task NothingLeftAsync(MetricRun run)
    {
        var journal = new ScriptedJournal();
        var writer = run.Own(new JournalWriter(journal, new ManualTimeProvider(), NullLogger.Instance));
        await writer.OpenAsync("test", new Dictionary<string, NotedStore> { ["test"] = new("store") }, CancellationToken.None);
        var gate = new Gate();
        run.AtEnd(gate.Open);
        journal.BeforeCommit = _ => gate.PassAsync();
        run.Mark();
        writer.Write(Dirty("under way"), wasDirty: false);
        await gate.ArrivedAsync();
        writer.Write(Dirty("k"), wasDirty: false);
        writer.Remove(Dirty("k") with { Entry = null });
        gate.Open();
        await writer.CommittedAsync("test", "under way", 1);
        await CacheHarness.SettleAsync();
        writer.Write(Dirty("last"), wasDirty: false);
        await writer.CommittedAsync("test", "last", 1);
    }

    private static JournalRecord Dirty(string key) => new("test", key, 1, new CacheEntry { Version = 1, State = EntryState.Dirty });

    private static async Task FailedAsync(MetricRun run)
    {
        var journal = new ScriptedJournal();
        var harness = await run.StartAsync(journal: journal);
        var tries = 0;
        journal.BeforeCommit = _ => ++tries == 1 ? throw new TierJournalException("The disk is full.") : Task.CompletedTask;
        run.Mark();
        await harness.Cache.SetAsync("a", "1");
        await harness.AdvanceUntilAsync(() => !journal.Commits.IsEmpty, "the next try");
    }

    private static async Task PendingAsync(MetricRun run)
    {
        var journal = new ScriptedJournal();
        var harness = await run.StartAsync(journal: journal);
        var gate = new Gate();
        run.AtEnd(gate.Open);
        journal.BeforeCommit = _ => gate.PassAsync();
        run.Mark();
        await harness.Cache.SetAsync("a", "1");
        await gate.ArrivedAsync();
        await harness.Cache.SetManyAsync([new("b", "1"), new("c", "1")]);
    }

    private static async Task StoredAsync(MetricRun run)
    {
        var journal = new ScriptedJournal();
        var harness = await run.StartAsync(journal: journal);
        var gate = new Gate();
        journal.BeforeCommit = _ => gate.PassAsync();
        await harness.Cache.SetAsync("a", "1");
        await gate.ArrivedAsync();
        run.Mark();
        gate.Open();
        await CacheHarness.SettleAsync();
        await harness.Cache.Operations.FlushAsync();
    }

    private static async Task RecoveredAsync(MetricRun run)
    {
        var journal = new ScriptedJournal();
        var left = new ScriptedJournal();
        await using (
            var first = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1), journal: journal)
        )
        {
            await first.Cache.SetManyAsync([new("a", "1"), new("b", "2")], _logged);
            left.HighestVersion = journal.HighestVersion;
            foreach (var (key, record) in journal.Rows)
            {
                left.Rows[key] = record;
            }
        }

        run.Mark();
        await run.StartAsync(journal: left);
    }

    private static async Task DamagedAsync(MetricRun run)
    {
        run.Mark();
        await run.StartAsync(journal: new ScriptedJournal { Damages = ["page 7 can't be read"] });
    }
}
