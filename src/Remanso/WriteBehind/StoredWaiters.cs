using System.Collections.Concurrent;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// A waiter registers before its write, because the flush may be over before the write returns; it keeps the highest
// stored version it hears of and compares once it knows its own. A remote tier may lose signals, so the waiter also
// looks into the tier now and then: an entry that is clean and of that version or a higher one is stored; where the
// tier has neither that nor a dirty one, it may have lost the write, and the store's row tells. The wish for a flush that
// went with the write may be lost as well, or have come while a partition changed hands: it is repeated once a second,
// for the interval may be long, and quiet hours longer.

/// <summary>
/// The writers who wait until the store holds their version or a higher one.
/// </summary>
/// <param name="tier">The tier.</param>
/// <param name="store">What the store tells where the tier has nothing.</param>
/// <param name="time">The clock.</param>
internal sealed class StoredWaiters(ICacheTier tier, StoreEvidence store, TimeProvider time) : ITierObserver
{
    private const int LooksPerWish = 5;

    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(200);

    // A little less than a second: whose look is the first in a second must not depend on who looks.
    private static readonly TimeSpan _wishEvery = TimeSpan.FromMilliseconds(900);

    private readonly ConcurrentDictionary<string, Waiters> _byKey = new(StringComparer.Ordinal);

    private readonly Lazy<FlushWishes[]> _wishes = new(() =>
        [.. Enumerable.Range(0, tier.Partitions).Select(static _ => new FlushWishes(_wishEvery))]
    );

    /// <summary>Whether anybody waits.</summary>
    public bool Any => !_byKey.IsEmpty;

    /// <summary>Begins to listen for a key; to be disposed.</summary>
    public Waiter Register(string key)
    {
        while (true)
        {
            var waiters = _byKey.GetOrAdd(key, static _ => new Waiters());
            var waiter = new Waiter(this, key, waiters);
            lock (waiters)
            {
                if (!waiters.Closed)
                {
                    waiters.Add(waiter);
                    return waiter;
                }
            }
        }
    }

    public bool HearsChanges => false;

    public void OnStored(string key, long version) => Each(key, version, static (waiter, v) => waiter.Stored(v));

    public void OnSuperseded(string key, long version, long winner) =>
        Each(key, (version, winner), static (waiter, lost) => waiter.Superseded(lost.version, lost.winner));

    public void OnDeadLettered(string key, long version, string error) =>
        Each(key, (version, error), static (waiter, refused) => waiter.Refused(refused.version, refused.error));

    private void Each<TState>(string key, TState state, Action<Waiter, TState> tell)
    {
        if (_byKey.IsEmpty || !_byKey.TryGetValue(key, out var waiters))
        {
            return;
        }

        lock (waiters)
        {
            foreach (var waiter in waiters)
            {
                tell(waiter, state);
            }
        }
    }

    private sealed class Waiters : List<Waiter>
    {
        public bool Closed { get; set; }
    }

    /// <summary>One writer's wait.</summary>
    public sealed class Waiter : IDisposable
    {
        private readonly TaskCompletionSource<string?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly StoredWaiters _owner;
        private readonly string _key;
        private readonly Waiters _siblings;
        private long _version = long.MaxValue;
        private long _highestStored;
        private long _highestRefused;
        private long _highestSuperseded;
        private long _winner;
        private string? _error;

        internal Waiter(StoredWaiters owner, string key, object siblings)
        {
            _owner = owner;
            _key = key;
            _siblings = (Waiters)siblings;
        }

        /// <summary>The key.</summary>
        public string Key => _key;

        /// <summary>Waits until the store holds <paramref name="version"/> or a higher one.</summary>
        /// <returns>Null, or why it never will.</returns>
        /// <exception cref="WriteSupersededException">The store has a higher version that others wrote.</exception>
        /// <exception cref="TimeoutException">It took longer than <paramref name="atMost"/>.</exception>
        public async ValueTask<string?> WaitAsync(long version, TimeSpan atMost, CancellationToken cancellationToken)
        {
            lock (_siblings)
            {
                _version = version;
                Check();
            }

            var until = _owner.Time.GetTimestamp() + (long)(atMost.TotalSeconds * _owner.Time.TimestampFrequency);
            for (var looks = 0; ; looks++)
            {
                if (_done.Task.IsCompleted)
                {
                    // Known at last, if only by the look after its time was over: there is no time to wait with.
                    return await _done.Task.ConfigureAwait(false);
                }

                var left = TimeSpan.FromSeconds((until - _owner.Time.GetTimestamp()) / (double)_owner.Time.TimestampFrequency);
                if (left <= TimeSpan.Zero)
                {
                    throw new TimeoutException();
                }

                try
                {
                    var wait = _owner.Tier.IsLocal || left < _poll ? left : _poll;
                    return await _done.Task.WaitAsync(wait, _owner.Time, cancellationToken).ConfigureAwait(false);
                }
                catch (TimeoutException) when (!_owner.Tier.IsLocal)
                {
                    await LookAsync(version, wishes: looks % LooksPerWish == LooksPerWish - 1, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        internal void Stored(long version)
        {
            _highestStored = Math.Max(_highestStored, version);
            Check();
        }

        internal void Superseded(long version, long winner)
        {
            if (version > _highestSuperseded)
            {
                (_highestSuperseded, _winner) = (version, winner);
            }

            Check();
        }

        internal void Refused(long version, string error)
        {
            (_highestRefused, _error) = (version, error);
            Check();
        }

        private async ValueTask LookAsync(long version, bool wishes, CancellationToken cancellationToken)
        {
            try
            {
                var read = await _owner.Tier.ReadAsync(_key, holder: 0, cancellationToken).ConfigureAwait(false);
                if (read.Entry is { IsDirty: true } dirty)
                {
                    if (dirty.IsDeadLetter && dirty.Version == version)
                    {
                        _done.TrySetResult("the store refused it for good");
                    }
                    else if (wishes)
                    {
                        _owner.WantFlush(_key);
                    }
                }
                else if (read.Entry is { IsAdopted: true } adopted && adopted.Version > version)
                {
                    _done.TrySetException(new WriteSupersededException(_key, version, adopted.Version));
                }
                else if (read.Entry is { } clean && clean.Version >= version)
                {
                    _done.TrySetResult(null);
                }
                else
                {
                    _done.TrySetResult(await _owner.Store.WhyNotStoredAsync(_key, version, cancellationToken).ConfigureAwait(false));
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // The write is accepted; whether it is stored is asked again until the time is over.
            }
        }

        private void Check()
        {
            if (_highestStored >= _version)
            {
                _done.TrySetResult(null);
            }
            else if (_highestSuperseded >= _version)
            {
                _done.TrySetException(new WriteSupersededException(_key, _version, _winner));
            }
            else if (_highestRefused >= _version)
            {
                _done.TrySetResult(_error);
            }
        }

        public void Dispose()
        {
            lock (_siblings)
            {
                _siblings.Remove(this);
                if (_siblings.Count == 0)
                {
                    _siblings.Closed = true;
                    _owner._byKey.TryRemove(_key, out _);
                }
            }
        }
    }

    /// <summary>Says once more that somebody waits: one of those who wait in a partition speaks for the others.</summary>
    private void WantFlush(string key)
    {
        if (_wishes.Value[Partition.Of(key, tier.Partitions)].IsDue((long)time.GetElapsedTime(0).TotalMicroseconds))
        {
            tier.WantFlush(key);
        }
    }

    private ICacheTier Tier => tier;

    private StoreEvidence Store => store;

    private TimeProvider Time => time;
}
