using Remanso.Tiers;

namespace Remanso.Watching;

/// <summary>Hears the tier for all watchers of a cache, and passes each what it wants.</summary>
/// <remarks>
/// <para><b>Writers pay for one watcher or a thousand the same</b>: a place in a ring. One work item at a time takes changes from there and finds out, by key where watchers go by keys, whom they concern.
/// Whoever is slower than that, the work item or a watcher, is told of a gap; nothing here grows.</para>
/// <para><b>Order</b>: signals of two writes of a key may come in the other order; the one that was overtaken is not told.</para>
/// <para><b>Only while somebody watches</b>, and a minute longer, so that a watcher whose connection was cut can go on where it was. Each such time is a run, and positions of another run are void.</para>
/// </remarks>
internal sealed class WatchHub(ICacheTier tier, TimeProvider time) : ITierObserver, IThreadPoolWorkItem, IDisposable
{
    private const int AtOnce = 256;
    private static readonly TimeSpan _linger = TimeSpan.FromMinutes(1);

    // Outer: who watches, and the passing on. The ring has a lock of its own, for those who raise changes.
    private readonly Lock _gate = new();
    private readonly TierChange[] _batch = new TierChange[AtOnce];
    private readonly HashSet<Watcher> _watchers = [];
    private readonly List<Watcher> _byPrefix = [];
    private readonly Dictionary<string, List<Watcher>> _byKey = new(StringComparer.Ordinal);
    private readonly NewestVersions _newest = new();
    private ChangeRing? _ring;
    private IDisposable? _subscription;
    private ITimer? _lingering;
    private long _run;
    private long _told;
    private int _users;
    private bool _isDisposed;

    /// <summary>Listens to the tier, for one watcher, until it leaves.</summary>
    /// <exception cref="CacheStoppedException">The cache has stopped.</exception>
    public void Enter()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                throw new CacheStoppedException(tier.Cache);
            }

            _users++;
            _lingering?.Dispose();
            _lingering = null;
            if (_ring is null)
            {
                (_ring, _told, _run) = (new ChangeRing(), 0, Random.Shared.NextInt64(1, long.MaxValue));
                _newest.Clear();
                _subscription = tier.Subscribe(this);
            }
        }
    }

    /// <summary>Tells a watcher, which has entered, that it begins, or what came after a position; then each change that it wants.</summary>
    public void Begin(Watcher watcher, WatchPosition? after)
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                watcher.End();
                return;
            }

            Add(watcher);
            if (after is { } position && position.Run == _run && _ring?.Between(position.Number, _told) is { } missed)
            {
                for (var i = 0; i < missed.Length; i++)
                {
                    if (watcher.Wants(missed[i]))
                    {
                        watcher.Tell(missed[i], new(_run, position.Number + i + 1));
                    }
                }
            }
            else
            {
                watcher.Tell(new(CacheChangeKind.Gap, Gap: WatchGap.Begun), new(_run, _told));
            }
        }
    }

    /// <summary>A watcher that has entered leaves, whether it has begun or not.</summary>
    public void Leave(Watcher watcher)
    {
        watcher.End();
        lock (_gate)
        {
            Remove(watcher);
            if (--_users == 0 && !_isDisposed)
            {
                _lingering = time.CreateTimer(static hub => ((WatchHub)hub!).StopListening(), this, _linger, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void OnChanged(string key, long version) => Heard(new(version == 0 ? CacheChangeKind.Invalidated : CacheChangeKind.Written, key, version));

    public void OnRemoved(string key, long version) => Heard(new(CacheChangeKind.Removed, key, version));

    public void OnCleared() => Heard(new(CacheChangeKind.AllInvalidated));

    public void OnTagRemoved(string tag) => Heard(new(CacheChangeKind.TagInvalidated, tag));

    public void OnMissed() => Heard(new(CacheChangeKind.Gap, Gap: WatchGap.Restored));

    public void OnLost() => Heard(new(CacheChangeKind.Gap, Gap: WatchGap.Lost));

    public void OnRestored() => Heard(new(CacheChangeKind.Gap, Gap: WatchGap.Restored));

    /// <summary>Passes on what has come. One at a time: the ring says when to begin.</summary>
    public void Execute()
    {
        var ring = Volatile.Read(ref _ring);
        while (ring is not null && Pass(ring))
        {
            // There was something.
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var watcher in _watchers)
            {
                watcher.End();
            }

            Close();
        }
    }

    private void Add(Watcher watcher)
    {
        _watchers.Add(watcher);
        if (watcher.Keys is null)
        {
            _byPrefix.Add(watcher);
            return;
        }

        foreach (var key in watcher.Keys)
        {
            if (!_byKey.TryGetValue(key, out var list))
            {
                _byKey.Add(key, list = []);
            }

            list.Add(watcher);
        }
    }

    private void Remove(Watcher watcher)
    {
        if (!_watchers.Remove(watcher))
        {
            return;
        }

        _byPrefix.Remove(watcher);
        foreach (var key in watcher.Keys ?? new HashSet<string>())
        {
            var list = _byKey[key];
            list.Remove(watcher);
            if (list.Count == 0)
            {
                _byKey.Remove(key);
            }
        }
    }

    private void Heard(in TierChange change)
    {
        if (Volatile.Read(ref _ring)?.Add(change) == true)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private bool Pass(ChangeRing ring)
    {
        lock (_gate)
        {
            if (ring != _ring)
            {
                return false;
            }

            var count = ring.Read(ref _told, _batch, out var isMissing);
            if (isMissing)
            {
                TellAll(new(CacheChangeKind.Gap, Gap: WatchGap.Slow), new(_run, _told));
            }

            for (var i = 0; i < count; i++)
            {
                Tell(_batch[i], new(_run, ++_told));
            }

            return count > 0;
        }
    }

    private void Tell(in TierChange change, WatchPosition position)
    {
        if (!change.HasKey)
        {
            if (change.Kind is CacheChangeKind.Gap or CacheChangeKind.AllInvalidated)
            {
                _newest.Clear();
            }

            TellAll(change, position);
            return;
        }

        if (change.Version > 0 && !_newest.TryAdvance(change.Text!, change.Version, position.Number))
        {
            return;
        }

        foreach (var watcher in _byKey.GetValueOrDefault(change.Text!) ?? [])
        {
            watcher.Tell(change, position);
        }

        foreach (var watcher in _byPrefix)
        {
            if (watcher.Wants(change))
            {
                watcher.Tell(change, position);
            }
        }
    }

    private void TellAll(in TierChange change, WatchPosition position)
    {
        foreach (var watcher in _watchers)
        {
            watcher.Tell(change, position);
        }
    }

    private void StopListening()
    {
        lock (_gate)
        {
            if (_users == 0)
            {
                Close();
            }
        }
    }

    private void Close()
    {
        _lingering?.Dispose();
        _subscription?.Dispose();
        (_lingering, _subscription, _ring) = (null, null, null);
    }
}
