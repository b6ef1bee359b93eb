using Remanso.Conformance.Tiers;
using Remanso.Redis.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

public sealed class TierSignalsTests
{
    private static readonly IOException _cut = new("cut");

    private readonly TierSignals _signals = new();
    private readonly RecordingObserver _observer = new();

    public TierSignalsTests() => _signals.Observers.Add(_observer);

    [Fact]
    public void Signals_count_as_lost_from_the_first_channel_on_and_until_the_last_is_back()
    {
        _signals.OnLost(_cut);
        _signals.OnLost(_cut);
        Assert.Equal(["lost"], _observer.Heard);

        _signals.OnRestored();
        Assert.Equal(["lost", "missed"], _observer.Heard);

        _signals.OnRestored();
        Assert.Equal(["lost", "missed", "missed", "restored"], _observer.Heard);
    }

    [Fact]
    public void A_second_loss_is_told_as_well()
    {
        _signals.OnLost(_cut);
        _signals.OnRestored();
        _signals.OnLost(_cut);

        Assert.Equal(["lost", "missed", "restored", "lost"], _observer.Heard);
    }
}
