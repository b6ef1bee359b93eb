using Remanso.Tiers;

namespace Remanso.Simulation.World;

/// <summary>Carries the signals of a tier to an observer on another host: in their order, some twice, and none while the
/// subscription is broken.</summary>
internal sealed class SignalRelay(SimKernel kernel, Dice dice, Host client, ITierObserver observer, NetworkWeather weather) : ITierObserver
{
    private readonly Queue<Action<ITierObserver>> _under = new();
    private bool _isBroken;
    private bool _wasTold;

    /// <summary>How long it may take until a broken subscription is noticed.</summary>
    public static TimeSpan LongestBlindness { get; } = TimeSpan.FromMilliseconds(400);

    public bool HearsChanges => observer.HearsChanges;

    public void OnChanged(string key, long version) => Send(to => to.OnChanged(key, version));

    public void OnRemoved(string key, long version) => Send(to => to.OnRemoved(key, version));

    public void OnCleared() => Send(static to => to.OnCleared());

    public void OnTagRemoved(string tag) => Send(to => to.OnTagRemoved(tag));

    public void OnStored(string key, long version) => Send(to => to.OnStored(key, version));

    public void OnSuperseded(string key, long version, long winner) => Send(to => to.OnSuperseded(key, version, winner));

    public void OnDeadLettered(string key, long version, string error) => Send(to => to.OnDeadLettered(key, version, error));

    public void OnFlushWanted(bool isUrgent, int? partition) => Send(to => to.OnFlushWanted(isUrgent, partition));

    /// <summary>From now on nothing gets through; the observer is told some time later.</summary>
    public void Break()
    {
        if (_isBroken)
        {
            return;
        }

        (_isBroken, _wasTold) = (true, false);
        kernel.Schedule(client, dice.Wait(LongestBlindness), () =>
        {
            if (_isBroken && !_wasTold)
            {
                _wasTold = true;
                observer.OnLost();
            }
        });
    }

    /// <summary>From now on signals come again.</summary>
    public void Mend()
    {
        if (!_isBroken)
        {
            return;
        }

        _isBroken = false;
        _under.Enqueue(to =>
        {
            // Where the break was over before anybody noticed it, that is all there is to say.
            to.OnMissed();
            if (_wasTold)
            {
                to.OnRestored();
            }
        });
        kernel.Schedule(client, dice.Wait(weather.Latency), Deliver);
    }

    private void Send(Action<ITierObserver> signal)
    {
        if (_isBroken)
        {
            return;
        }

        for (var times = dice.Is(0.03) ? 2 : 1; times > 0; times--)
        {
            _under.Enqueue(signal);
            kernel.Schedule(client, dice.Wait(weather.Latency * 2), Deliver);
        }
    }

    // Each event delivers the oldest: the order stays, whatever the times.
    private void Deliver() => _under.Dequeue()(observer);
}
