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
    private readonly FlushHealth _health;

    public FlushHealthTests()
    {
        var tier = new FaultyTier(new MemoryTier("c", new TierOptions(), _time)) { IsLocal = false };
        _parts = new CacheParts
        {
            Tier = tier,
            AtOnce = tier,
            Outages = new TierOutages(tier, _time, _log),
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
        var refusal = new TierUnavailableException("Redis refused: NOREPLICAS", mayHaveHappened: false) { IsRefusal = true };
        _health.NoteLeases(refusal);
        for (var i = 0; i < 3; i++)
        {
            End(pass => pass.Error = refusal);
            _health.NoteLeases(refusal);
        }

        Assert.Contains("nothing can be flushed", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Contains("NOREPLICAS", _log.Lines.First(), StringComparison.Ordinal);
        Assert.Equal(4, _parts.Counters.FlushErrors.Value);

        // Takes pass without a lease to take from: it is not over before the beat is well.
        End(static _ => { });
        Assert.Single(_log.Lines);
        _health.NoteLeases(null);
        _health.NoteLeases(null);

        Assert.Equal(2, _log.Lines.Count);
        Assert.Contains("the flush goes on", _log.Lines.Last(), StringComparison.Ordinal);
        _health.NoteLeases(refusal);
        Assert.Equal(3, _log.Lines.Count);
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
            _health.NoteLeases(away);
            End(pass => pass.Error = away);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        _health.NoteLeases(null);
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

    private void End(Action<FlushPass> shown)
    {
        var pass = _health.Begin(isByHand: false);
        shown(pass);
        _health.End(pass);
    }
}
