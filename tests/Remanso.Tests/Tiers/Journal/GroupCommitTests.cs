using System.Diagnostics.Metrics;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers.Journal;

/// <summary>How changes gather into commits, and what a failed one means. The commits wait at gates.</summary>
[Collection(ManualClockTests.Name)]
public sealed class GroupCommitTests
{
    [Fact]
    public async Task Writes_that_come_during_a_commit_share_the_next_one()
    {
        await using var bed = await JournalBed.StartAsync();
        var gate = new Gate();
        bed.Journal.BeforeCommit = _ => gate.PassAsync();
        var first = bed.WriteLoggedAsync("first", "v");
        await gate.ArrivedAsync();

        var waiters = Enumerable.Range(0, 512).Select(i => bed.WriteLoggedAsync($"k{i}", "v")).ToArray();
        gate.Open();
        await Task.WhenAll([first, .. waiters]);

        Assert.Equal([1, 512], bed.Journal.Commits.Select(static commit => commit.Count));
    }

    [Fact]
    public async Task What_was_committed_stays_logged_though_the_journal_takes_no_more()
    {
        await using var bed = await JournalBed.StartAsync();
        var committed = await bed.WriteLoggedAsync("committed", "v");
        bed.Journal.BeforeCommit = static _ => throw new TierJournalException("The disk is full.");
        var waiting = await bed.Tier.WriteAsync("waiting", "v");
        await Assert.ThrowsAsync<DurabilityNotReachedException>(() => bed.LoggedAsync("waiting", waiting));
        Assert.NotNull(bed.Tier.WhyNot(Durability.Logged));

        await bed.LoggedAsync("committed", committed);
        await Assert.ThrowsAsync<DurabilityNotReachedException>(() => bed.LoggedAsync("waiting", waiting));
    }

    [Fact]
    public async Task A_listener_of_the_metrics_that_throws_ends_no_journal()
    {
        await using var bed = await JournalBed.StartAsync();
        var heard = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "remanso.journal.commit.duration")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, _, _, _) =>
            {
                heard++;
                throw new InvalidOperationException("The exporter is gone.");
            }
        );
        listener.Start();

        await bed.WriteLoggedAsync("first", "v");
        await bed.WriteLoggedAsync("second", "v");

        Assert.Equal(["first", "second"], bed.Journal.Rows.Keys.Order());
        Assert.Equal(2, heard);
    }

    [Fact]
    public async Task A_hot_key_costs_one_row_of_a_commit_and_the_last_version_is_the_one()
    {
        await using var bed = await JournalBed.StartAsync();
        var gate = new Gate();
        bed.Journal.BeforeCommit = _ => gate.PassAsync();
        var first = bed.WriteLoggedAsync("first", "v");
        await gate.ArrivedAsync();

        var waiters = Enumerable.Range(0, 100).Select(i => bed.WriteLoggedAsync("hot", $"v{i}")).ToArray();
        gate.Open();
        await first;
        var versions = await Task.WhenAll(waiters);

        Assert.Equal(2, bed.Journal.Commits.Count);
        Assert.Equal((versions.Max(), "v99"), (bed.Journal.Rows["hot"].Version, bed.Journal.Rows["hot"].Entry!.Text()));
    }

    [Fact]
    public async Task An_accepted_write_waits_for_nothing_and_is_in_the_next_commit()
    {
        await using var bed = await JournalBed.StartAsync();
        var gate = new Gate();
        bed.Journal.BeforeCommit = _ => gate.PassAsync();

        var version = await bed.Tier.WriteAsync("k", "v");
        await gate.ArrivedAsync();
        Assert.Empty(bed.Journal.Rows);
        gate.Open();

        await bed.LoggedAsync("k", version);
        Assert.Equal(version, bed.Journal.Rows["k"].Version);
    }

    [Fact]
    public async Task A_version_in_the_commit_under_way_does_not_wait_for_a_later_one_of_its_key()
    {
        await using var bed = await JournalBed.StartAsync();
        var gates = new[] { new Gate(), new Gate() };
        var commits = 0;
        bed.Journal.BeforeCommit = _ => gates[Math.Min(commits++, 1)].PassAsync();
        var version = await bed.Tier.WriteAsync("k", "1");
        await gates[0].ArrivedAsync();

        var later = await bed.Tier.WriteAsync("k", "2");
        var first = bed.LoggedAsync("k", version);
        var second = bed.LoggedAsync("k", later);
        gates[0].Open();
        await first;
        await gates[1].ArrivedAsync();
        Assert.False(second.IsCompleted);

        gates[1].Open();
        await second;
    }

    [Fact]
    public async Task A_failed_commit_fails_who_waits_with_version_and_reason_and_is_tried_again_under_what_came_since()
    {
        await using var bed = await JournalBed.StartAsync();
        var gate = new Gate();
        bed.Journal.BeforeCommit = async _ =>
        {
            await gate.PassAsync();
            throw new TierJournalException("The disk is full.");
        };
        var version = await bed.Tier.WriteAsync("k", "old");
        await bed.Tier.WriteAsync("other", "v");
        await gate.ArrivedAsync();
        var waiting = bed.LoggedAsync("k", version);
        await bed.Tier.WriteAsync("k", "new");
        gate.Open();

        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => waiting);
        Assert.Equal((version, Durability.Logged, true), (exception.Version, exception.Asked, exception.IsAccepted));
        Assert.Contains("The disk is full.", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(bed.Tier.WhyNot(Durability.Logged));
        Assert.Equal("the journal can't be written: The disk is full.", bed.Tier.Problem);
        Assert.Equal("new", (await bed.Tier.HitAsync("k")).Text());

        bed.Journal.BeforeCommit = static _ => Task.CompletedTask;
        await AdvanceUntilAsync(bed, () => bed.Tier.Problem is null);
        Assert.Equal(["k", "other"], bed.Journal.Rows.Keys.Order());
        Assert.Equal("new", bed.Journal.Rows["k"].Entry!.Text());
        Assert.Null(bed.Tier.WhyNot(Durability.Logged));
    }

    [Fact]
    public async Task A_wait_that_takes_too_long_ends_with_the_version_and_the_commit_goes_on()
    {
        await using var bed = await JournalBed.StartAsync();
        var gate = new Gate();
        bed.Journal.BeforeCommit = _ => gate.PassAsync();
        var version = await bed.Tier.WriteAsync("k", "v");
        await gate.ArrivedAsync();

        var waiting = bed.Tier.EnsureAsync("k", version, Durability.Logged, TimeSpan.FromSeconds(5), CancellationToken.None).AsTask();
        bed.Time.Advance(TimeSpan.FromSeconds(6));
        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => waiting);
        Assert.Equal(version, exception.Version);

        gate.Open();
        await bed.LoggedAsync("k", version);
    }

    [Fact]
    public async Task What_is_settled_leaves_the_journal_within_a_second()
    {
        await using var bed = await JournalBed.StartAsync();
        await bed.WriteLoggedAsync("k", "v");

        await bed.Tier.FlushAsync();
        await AdvanceUntilAsync(bed, () => bed.Journal.Rows.IsEmpty);

        Assert.Equal(2, bed.Journal.Commits.Count);
    }

    [Fact]
    public async Task What_is_settled_before_its_first_commit_is_never_written_however_long_the_journal_fails()
    {
        await using var bed = await JournalBed.StartAsync();
        await bed.WriteLoggedAsync("row", "v");
        bed.Journal.BeforeCommit = static _ => throw new TierJournalException("The disk is full.");
        for (var i = 0; i < 100; i++)
        {
            await bed.Tier.WriteAsync($"k{i}", "v");
            if (i % 10 == 9)
            {
                await bed.Tier.FlushAsync();
            }

            bed.Time.Advance(TimeSpan.FromSeconds(5));
        }

        var left = 0;
        bed.Journal.BeforeCommit = records =>
        {
            left = Math.Max(left, records.Count);
            return Task.CompletedTask;
        };
        await AdvanceUntilAsync(bed, () => bed.Tier.Problem is null && bed.Journal.Rows.IsEmpty);
        Assert.InRange(left, 0, 1);
    }

    [Fact]
    public async Task A_graceful_stop_commits_what_has_gathered()
    {
        var bed = await JournalBed.StartAsync();
        await bed.WriteLoggedAsync("k", "v");
        await bed.Tier.FlushAsync();
        await bed.CloseAsync();

        Assert.Empty(bed.Journal.Rows);
        Assert.True(bed.Journal.IsDisposed);
    }

    [Fact]
    public async Task Random_writes_flushes_and_failures_leave_in_the_journal_what_is_dirty()
    {
        var random = new Random(14);
        await using var bed = await JournalBed.StartAsync();
        bed.Journal.BeforeCommit = async _ =>
        {
            await Task.Yield();
            if (random.Next(4) == 0)
            {
                throw new TierJournalException("Now and then.");
            }
        };
        for (var i = 0; i < 3000; i++)
        {
            var key = $"k{random.Next(20)}";
            if (random.Next(3) > 0)
            {
                await bed.Tier.WriteAsync(key, $"v{i}");
            }
            else
            {
                await bed.Tier.FlushAsync();
            }

            if (random.Next(5) == 0)
            {
                bed.Time.Advance(TimeSpan.FromSeconds(random.Next(3)));
            }

            if (random.Next(3) == 0)
            {
                await Task.Yield();
            }
        }

        await bed.Tier.WriteAsync("last", "v");
        bed.Journal.BeforeCommit = static _ => Task.CompletedTask;
        await AdvanceUntilAsync(bed, () => bed.Tier.Problem is null && bed.Journal.Rows.ContainsKey("last"));
        await bed.CloseAsync();

        var dirty = new SortedDictionary<string, long>();
        foreach (var key in Enumerable.Range(0, 20).Select(i => $"k{i}").Append("last"))
        {
            if (await bed.Tier.ReadAsync(key) is { Entry: { IsDirty: true } entry })
            {
                dirty.Add(key, entry.Version);
            }
        }

        Assert.Equal(dirty, new SortedDictionary<string, long>(bed.Journal.Rows.ToDictionary(row => row.Key, row => row.Value.Version)));
    }

    private static async Task AdvanceUntilAsync(JournalBed bed, Func<bool> holds)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), "Waited in vain.");
            bed.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_last_commit_that_fails_in_whatever_way_leaves_no_journal_open()
    {
        var bed = await JournalBed.StartAsync();
        var gate = new Gate();
        bed.Journal.BeforeCommit = async _ =>
        {
            await gate.PassAsync();
            throw new IOException("the volume is gone");
        };
        var version = await bed.Tier.WriteAsync("k", "v");
        await gate.ArrivedAsync();
        var waiting = bed.LoggedAsync("k", version);
        var closing = bed.CloseAsync();
        gate.Open();
        await closing;

        Assert.True(bed.Journal.IsDisposed);
        await Assert.ThrowsAsync<DurabilityNotReachedException>(() => waiting);
    }
}
