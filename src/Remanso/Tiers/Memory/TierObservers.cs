namespace Remanso.Tiers.Memory;

// Signals are sent after all locks are left, so two of one key, sent by two threads, may arrive in the other order:
// their versions tell which is newer.

/// <summary>Who hears the tier's signals. Without observers a signal costs the look at an empty array.</summary>
internal sealed class TierObservers
{
    private readonly Lock _gate = new();
    private volatile ITierObserver[] _observers = [];

    internal IDisposable Add(ITierObserver observer)
    {
        var subscription = new Subscription(this, observer);
        lock (_gate)
        {
            _observers = [.. _observers, subscription.Observer];
        }

        return subscription;
    }

    internal void Changed(string key, long version)
    {
        foreach (var observer in _observers)
        {
            observer.OnChanged(key, version);
        }
    }

    internal void Removed(string key, long version)
    {
        foreach (var observer in _observers)
        {
            observer.OnRemoved(key, version);
        }
    }

    internal void Cleared()
    {
        foreach (var observer in _observers)
        {
            observer.OnCleared();
        }
    }

    internal void TagRemoved(string tag)
    {
        foreach (var observer in _observers)
        {
            observer.OnTagRemoved(tag);
        }
    }

    internal void Stored(string key, long version)
    {
        foreach (var observer in _observers)
        {
            observer.OnStored(key, version);
        }
    }

    internal void Superseded(string key, long version, long winner)
    {
        foreach (var observer in _observers)
        {
            observer.OnSuperseded(key, version, winner);
        }
    }

    internal void DeadLettered(string key, long version, string error)
    {
        foreach (var observer in _observers)
        {
            observer.OnDeadLettered(key, version, error);
        }
    }

    internal void FlushWanted(bool isUrgent = false)
    {
        foreach (var observer in _observers)
        {
            observer.OnFlushWanted(isUrgent, partition: null);
        }
    }

    internal void Dirty()
    {
        foreach (var observer in _observers)
        {
            observer.OnDirty();
        }
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

        internal ITierObserver Observer { get; } = observer;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _observer, null) is { } mine)
            {
                owner.Remove(mine);
            }
        }
    }
}
