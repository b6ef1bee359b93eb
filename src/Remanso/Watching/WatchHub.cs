using Remanso.Common;
using Remanso.Tiers;

namespace Remanso.Watching;

// Writers pay for one watcher or a thousand the same: a look whether anybody watches the key (Interests), and a place
// in a ring where somebody does. One work item at a time takes changes from there and finds out, by key where watchers
// go by keys, whom they concern. Whoever is slower than that, the work item or a watcher, is told of a gap; nothing
// here grows.
//
// Order: signals of two writes of a key may come in the other order; the one that was overtaken is not told.
//
// Only while somebody watches, and a minute longer, so that a watcher whose connection was cut can go on where it was.
// Each such time is a run, and positions of another run are void.

/// <summary>Hears the tier for all watchers of a cache, and passes each what it wants.</summary>
internal sealed class WatchHub(ICacheTier tier, TimeProvider time) : ITierObserver, IThreadPoolWorkItem, IDisposable
{
    private const int AtOnce = 256;

    // Outer: who watches, and the passing on. The ring has a lock of its own, for those who raise changes.
    private readonly Lock _gate = new();
    private readonly HashSet<Watcher> _watchers = [];
    private readonly List<Watcher> _byPrefix = [];
    private readonly Dictionary<string, List<Watcher>> _byKey = new(StringComparer.Ordinal);
    private Run? _run;
    private IDisposable? _subscription;
    private ITimer? _lingering;
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
                throw new CacheStoppedException(tier.Cache) { IsOfWatch = true };
            }

            _users++;
            _lingering?.Dispose();
            _lingering = null;
            if (_run is null)
            {
                _run = new Run(time);
                _subscription = tier.Subscribe(this);
            }
        }
    }

    /// <summary>Tells a watcher, which has entered, that it begins, or what came after a position; then each change
    /// that it wants.</summary>
    public void Begin(Watcher watcher, WatchPosition? after)
    {
        lock (_gate)
        {
            if (_run is not { } run)
            {
                watcher.End();
                return;
            }

            var wasHeard = after is { } asked && run.Interests.ReachBackTo(watcher, asked.Number);
            Add(watcher);
            if (run.Interests.Add(watcher))
            {
                // A number of its own: what was told up to now was told without hearing all that this watcher wants.
                run.Interests.NoteSince(watcher, run.Ring.Skip());
            }

            if (!wasHeard || after is not { } position || !TryGoOn(run, watcher, position))
            {
                watcher.Tell(new(CacheChangeKind.Gap, Gap: WatchGap.Begun), new(run.Id, run.Ring.Count));
            }
        }
    }

    /// <summary>A watcher that has entered leaves, whether it has begun or not.</summary>
    public void Leave(Watcher watcher)
    {
        watcher.End();
        lock (_gate)
        {
            if (Remove(watcher))
            {
                _run?.Interests.Remove(watcher);
            }

            if (--_users == 0 && !_isDisposed)
            {
                _lingering = time.CreateTimer(
                    static hub => ((WatchHub)hub!).StopListening(),
                    this,
                    Interests.Linger,
                    Timeout.InfiniteTimeSpan
                );
            }
        }
    }

    public void OnChanged(string key, long version) =>
        Heard(new(version == 0 ? CacheChangeKind.Invalidated : CacheChangeKind.Written, key, version));

    public void OnRemoved(string key, long version) => Heard(new(CacheChangeKind.Removed, key, version));

    public void OnCleared() => Heard(new(CacheChangeKind.AllInvalidated));

    public void OnTagRemoved(string tag) => Heard(new(CacheChangeKind.TagInvalidated, tag));

    public void OnMissed() => Heard(new(CacheChangeKind.Gap, Gap: WatchGap.Restored));

    public void OnLost() => Heard(new(CacheChangeKind.Gap, Gap: WatchGap.Lost));

    public void OnRestored() => Heard(new(CacheChangeKind.Gap, Gap: WatchGap.Restored));

    /// <summary>Passes on what has come. One at a time: the ring says when to begin.</summary>
    public void Execute()
    {
        while (Volatile.Read(ref _run) is { } run && Pass(run))
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

    // Whether it had begun: one that has not is counted nowhere.
    private bool Remove(Watcher watcher)
    {
        if (!_watchers.Remove(watcher))
        {
            return false;
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

        return true;
    }

    private void Heard(in TierChange change)
    {
        if (Volatile.Read(ref _run) is { } run && (!change.HasKey || run.Interests.Has(change.Text!)) && run.Ring.Add(change))
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private static bool TryGoOn(Run run, Watcher watcher, WatchPosition after)
    {
        var (before, changes) = run.Ring.Remembered(run.Told);
        if (after.Run != run.Id || after.Number < before || after.Number > run.Ring.Count)
        {
            return false;
        }

        // From the first that is remembered: what was overtaken then is told no later either.
        var newest = new NewestVersions();
        var number = before;
        foreach (var change in changes)
        {
            number++;
            if (!IsSkipped(change) && newest.TryAdvance(change, number) && number > after.Number && watcher.Wants(change))
            {
                watcher.Tell(change, new(run.Id, number));
            }
        }

        return true;
    }

    private bool Pass(Run run)
    {
        lock (_gate)
        {
            if (run != _run)
            {
                return false;
            }

            var count = run.Ring.Read(ref run.Told, run.Batch, out var isMissing);
            if (isMissing)
            {
                TellAll(new(CacheChangeKind.Gap, Gap: WatchGap.Slow), run.Position);
            }

            for (var i = 0; i < count; i++)
            {
                run.Told++;
                if (!IsSkipped(run.Batch[i]) && run.Newest.TryAdvance(run.Batch[i], run.Told))
                {
                    Tell(run.Batch[i], run.Position);
                }
            }

            return count > 0;
        }
    }

    private static bool IsSkipped(in TierChange change) => change == default;

    private void Tell(in TierChange change, WatchPosition position)
    {
        if (!change.HasKey)
        {
            TellAll(change, position);
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
        (_lingering, _subscription, _run) = (null, null, null);
    }

    /// <summary>One time of listening, from the first watcher to a minute after the last.</summary>
    private sealed class Run(TimeProvider time)
    {
        /// <summary>How many changes were passed on.</summary>
        public long Told;

        public long Id { get; } = Chance.NextId();

        public ChangeRing Ring { get; } = new();

        public Interests Interests { get; } = new(time);

        public NewestVersions Newest { get; } = new();

        public TierChange[] Batch { get; } = new TierChange[AtOnce];

        public WatchPosition Position => new(Id, Told);
    }
}
