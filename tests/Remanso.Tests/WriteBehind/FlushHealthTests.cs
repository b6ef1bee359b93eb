using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>What is told of the store.</summary>
public sealed class FlushHealthTests : IDisposable
{
    private readonly RecordingLog _log = new();
    private readonly FlushHealth _health;

    public FlushHealthTests() => _health = new FlushHealth("c", new FlushOptions(), new CacheCounters(), _log);

    public void Dispose() => _log.Dispose();

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
