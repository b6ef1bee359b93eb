using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>Who hears the tier's signals.</summary>
internal sealed class TierObservers
{
    private readonly Lock _gate = new();
    private volatile ITierObserver[] _observers = [];

    /// <summary>Those who listen now.</summary>
    public ReadOnlySpan<ITierObserver> All => _observers;

    public IDisposable Add(ITierObserver observer)
    {
        lock (_gate)
        {
            _observers = [.. _observers, observer];
        }

        return new Subscription(this, observer);
    }

    private void Remove(ITierObserver observer)
    {
        lock (_gate)
        {
            var at = Array.IndexOf(_observers, observer);
            if (at >= 0)
            {
                _observers = [.. _observers[..at], .. _observers[(at + 1)..]];
            }
        }
    }

    private sealed class Subscription(TierObservers owner, ITierObserver observer) : IDisposable
    {
        private ITierObserver? _observer = observer;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _observer, null) is { } mine)
            {
                owner.Remove(mine);
            }
        }
    }
}
