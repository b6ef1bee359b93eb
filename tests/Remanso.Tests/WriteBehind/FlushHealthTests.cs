using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Testing;
using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>What is told of the store, and of what keeps the flush from it.</summary>
public sealed class FlushHealthTests : IDisposable
{
    private readonly RecordingLog _log = new();
    private readonly ManualTimeProvider _time = new();
    private readonly CacheParts _parts;
    private readonly FaultyTier _tier;
    private readonly FlushHealth _health;

    public FlushHealthTests()
    {
        _tier = new FaultyTier(new MemoryTier("c", new TierOptions { Partitions = 16 }, _time)) { IsLocal = false };
        _parts = new CacheParts
        {
            Tier = _tier,
            AtOnce = _tier,
            Outages = new TierOutages(_tier, _time, _log),
            Options = new CacheOptions(),
            Tagging = new Tagging(compute: null, most: 16),
            Time = _time,
            Counters = new CacheCounters(),
            Logger = _log,
        };
        _health = new FlushHealth(_parts);
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public void A_tier_that_refuses_beat_and_take_is_told_once_and_so_is_its_end()
    {
        var refusal = new TierUnavailableException("Redis refused: NOREPLICAS", mayHaveHappened: false) { IsAnswered = true };
        Beat(refusal);
        for (var i = 0; i < 3; i++)
        {
            End(pass => pass.Error = refusal);
            Beat(refusal);
        }

        Assert.Contains("nothing can be flushed", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Contains("NOREPLICAS", _log.Lines.First(), StringComparison.Ordinal);
        Assert.Equal(4, _parts.Counters.FlushErrors.Value);

        // Takes pass without a lease to take from: it is not over before the beat is well.
        End(static _ => { });
        Assert.Single(_log.Lines);
        Beat(null);
        Beat(null);

        Assert.Equal(2, _log.Lines.Count);
        Assert.Contains("the flush goes on", _log.Lines.Last(), StringComparison.Ordinal);
        Beat(refusal);
        Assert.Equal(3, _log.Lines.Count);
    }

    [Fact]
    public void A_pass_that_hears_of_its_refusal_behind_a_beat_tells_nothing_of_now()
    {
        var late = _health.Begin(isByHand: false);
        late.Error = Refusal("MISCONF");
        Beat(null, hasLeases: true);
        _health.End(late);
        Beat(null, hasLeases: true);
        Assert.Empty(_log.Lines);

        End(static pass => pass.Error = Refusal("MISCONF"));
        Beat(null, hasLeases: true);
        Assert.Single(_log.Lines, IsHeld);
    }

    [Fact]
    public void A_beat_that_was_refused_before_a_pass_ended_well_tells_nothing_and_asks_again()
    {
        var passes = _health.Passes;
        End(static _ => { });
        Assert.False(_health.NoteLeases(Refusal("MISCONF"), hasLeases: true, passes));
        _tier.Held = Hold(0..5, Refusal("MISCONF"));
        Assert.False(_health.NoteLeases(null, hasLeases: true, passes));
        Assert.Empty(_log.Lines);
        Assert.True(_health.IsWell);
        Assert.Equal(0, _parts.Counters.FlushErrors.Value);

        // No answer at all is none of then.
        _tier.Held = [];
        Assert.True(_health.NoteLeases(new TierUnavailableException("away", mayHaveHappened: false), hasLeases: true, passes));
        Assert.True(_health.NoteLeases(Refusal("MISCONF"), hasLeases: true));
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void A_tier_that_takes_writes_again_is_not_said_to_refuse_all_for_what_a_pass_was_told_before()
    {
        Beat(Refusal("MISCONF"));
        End(static pass => pass.Error = Refusal("MISCONF"));
        // The first of what this one asks is still refused.
        Beat(Refusal("MISCONF"), hasLeases: true);
        Beat(null, hasLeases: true);
        End(static _ => { });

        Assert.Single(_log.Lines, IsHeld);
        Assert.Contains("the flush goes on", _log.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_ends_a_pass_and_is_no_refusal_is_told_where_it_lasts()
    {
        var late = new TierUnavailableException("no answer in time", mayHaveHappened: true);
        End(pass => pass.Error = late);
        _time.Advance(TimeSpan.FromSeconds(4));
        End(pass => pass.Error = late);
        End(static _ => { });
        Assert.Empty(_log.Lines);

        End(pass => pass.Error = late);
        _time.Advance(TimeSpan.FromSeconds(5));
        End(pass => pass.Error = late);
        Assert.Contains("no answer in time", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tier_that_is_away_is_told_by_those_who_look_at_it_alone()
    {
        var away = new TierUnavailableException("away", mayHaveHappened: false);
        _parts.Outages.ReadFailed("k", away);
        for (var i = 0; i < 10; i++)
        {
            Beat(away);
            End(pass => pass.Error = away);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        Beat(null);
        End(static _ => { });

        Assert.Contains("the tier can't be reached", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void That_the_tier_is_back_is_no_news_of_the_store()
    {
        End(pass => pass.Error = new TierUnavailableException("NOREPLICAS", mayHaveHappened: false));
        End(static _ => { });
        Assert.Empty(_log.Lines);

        // Where a batch is saved and can't be settled, its entries have failed, and that is told.
        End(static pass =>
        {
            pass.Error = new TierUnavailableException("NOREPLICAS", mayHaveHappened: true);
            pass.Failed["k"] = "NOREPLICAS";
        });
        End(static _ => { });

        Assert.DoesNotContain(_log.Lines, static line => line.Contains("takes writes again", StringComparison.Ordinal));
        Assert.True(_health.IsWell);
    }

    [Fact]
    public void That_the_store_takes_writes_again_is_told_once_also_behind_a_failure_of_the_tier()
    {
        End(static pass =>
        {
            pass.Error = new StoreException("down", isTransient: true);
            pass.StoreFailed = true;
            pass.Failed["k"] = "down";
        });
        End(pass => pass.Error = new TierUnavailableException("NOREPLICAS", mayHaveHappened: false));
        End(static _ => { });
        End(static _ => { });

        Assert.Equal(2, _log.Lines.Count);
        Assert.Contains("the store takes writes again", _log.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void Partitions_that_are_refused_while_others_go_on_are_told_and_are_no_end_of_it()
    {
        var refusal = Refusal("NOREPLICAS");
        // Only what is refused had something queued: the pass fails, and the beat asks for all.
        _tier.Held = Hold(3..4, refusal);
        End(pass => pass.Error = refusal);
        Assert.Empty(_log.Lines);
        _tier.Held = Hold(0..5, refusal);
        Beat(null, hasLeases: true);
        Assert.Contains("5 of the 16 partitions can't be flushed", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Contains("NOREPLICAS", _log.Lines.First(), StringComparison.Ordinal);

        for (var i = 0; i < 10; i++)
        {
            End(static pass => pass.AddStored(1));
            Beat(null, hasLeases: true);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(_log.Lines);
        Assert.Equal(11, _parts.Counters.FlushErrors.Value);
        _tier.Held = [];
        Beat(null, hasLeases: true);
        Assert.Equal(2, _log.Lines.Count);
        Assert.Contains("the flush goes on", _log.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_refused_is_told_again_where_it_has_become_more_by_half_or_half_as_much()
    {
        foreach (var held in (int[])[5, 6, 7, 8, 11, 16, 12, 9, 8, 16, 6])
        {
            _tier.Held = Hold(..held, Refusal("MISCONF"));
            Beat(null, hasLeases: true);
        }

        Assert.Equal(
            ["5 of the", "8 of the", "nothing can be flushed", "8 of the", "nothing can be flushed", "6 of the"],
            _log.Lines.Select(static line => line.Contains("nothing", StringComparison.Ordinal) ? "nothing can be flushed" : Part(line))
        );

        static string Part(string line) => line[line.IndexOf("c: ", StringComparison.Ordinal)..].Split(' ')[1] + " of the";
    }

    [Fact]
    public void Workers_that_can_t_be_told_are_not_said_to_keep_everything()
    {
        _tier.Held = Hold(0..5, Refusal("NOREPLICAS"));
        Beat(Refusal("NOREPLICAS"), hasLeases: true);
        Assert.Contains("5 of the 16 partitions can't be flushed", Assert.Single(_log.Lines), StringComparison.Ordinal);
        _tier.Held = [];
        Beat(null, hasLeases: true);

        Beat(Refusal("NOPERM"), hasLeases: true);
        Assert.Contains("which workers are alive", _log.Lines.Last(), StringComparison.Ordinal);
        Beat(null, hasLeases: true);
        Beat(Refusal("NOPERM"), hasLeases: false);
        Assert.Contains("nothing can be flushed", _log.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_master_that_is_away_hides_no_other_that_refuses()
    {
        var away = new TierUnavailableException("away", mayHaveHappened: false);
        var key = Enumerable.Range(0, 1000).Select(static i => $"k{i}").First(static key => Partition.Of(key, 16) == 0);
        _parts.Outages.ReadFailed(key, away);
        _tier.Held = Hold(0..1, away);
        for (var i = 0; i < 10; i++)
        {
            Beat(null, hasLeases: true);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Contains("the tier can't be reached", Assert.Single(_log.Lines), StringComparison.Ordinal);
        _tier.Held = [.. Hold(0..1, away), .. Hold(5..8, Refusal("MISCONF"))];
        Beat(null, hasLeases: true);
        Assert.Contains("3 of the 16 partitions can't be flushed", _log.Lines.Last(), StringComparison.Ordinal);
        Assert.Contains("MISCONF", _log.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pass_that_comes_to_entries_ends_what_kept_the_one_before_from_them()
    {
        var late = new TierUnavailableException("no answer in time", mayHaveHappened: true);
        End(pass => pass.Error = late);
        EndOfStore();
        _time.Advance(TimeSpan.FromMinutes(10));
        End(pass => pass.Error = late);
        Assert.DoesNotContain(_log.Lines, IsHeld);

        _time.Advance(TimeSpan.FromSeconds(5));
        End(pass => pass.Error = late);
        Assert.Single(_log.Lines, IsHeld);
        EndOfStore();
        Assert.Contains(_log.Lines, static line => line.Contains("the flush goes on", StringComparison.Ordinal));

        void EndOfStore() =>
            End(static pass =>
            {
                pass.Error = new StoreException("down", isTransient: true);
                pass.StoreFailed = true;
                pass.Failed["k"] = "down";
            });
    }

    [Fact]
    public void A_pass_that_stored_and_could_not_settle_all_is_not_said_to_flush_nothing()
    {
        for (var i = 0; i < 10; i++)
        {
            End(static pass =>
            {
                pass.AddStored(1);
                pass.Error = new TierUnavailableException("could not be settled", mayHaveHappened: true);
            });
            Beat(null, hasLeases: true);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.DoesNotContain(_log.Lines, IsHeld);
    }

    private static bool IsHeld(string line) => line.Contains("can be flushed", StringComparison.Ordinal);

    private static TierUnavailableException Refusal(string code) =>
        new($"Redis refused: {code}", mayHaveHappened: false) { IsAnswered = true };

    private static HeldPartition[] Hold(Range partitions, Exception error) =>
        [.. Enumerable.Range(0, 16).Take(partitions).Select(partition => new HeldPartition(partition, error))];

    private void Beat(Exception? failure, bool hasLeases = false) => _health.NoteLeases(failure, hasLeases);

    private void End(Action<FlushPass> shown)
    {
        var pass = _health.Begin(isByHand: false);
        shown(pass);
        _health.End(pass);
    }
}
