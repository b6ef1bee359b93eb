using System.Collections.Concurrent;

namespace Remanso.Watching;

// All but Has is called under the hub's lock.

/// <summary>What is watched, or was until a minute ago, for a watcher may come back. Writers look here first: what
/// concerns nobody costs them one look.</summary>
internal sealed class Interests(TimeProvider time)
{
    /// <summary>How long changes are heard for a watcher that has left.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMinutes(1);

    // Where there are more, a look at each would cost a writer more than to tell the change.
    private const int MostPrefixes = 8;

    private readonly ConcurrentDictionary<string, Interest> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Interest> _byPrefix = new(StringComparer.Ordinal);
    private volatile string[] _prefixes = [];
    private long _swept = time.GetTimestamp();

    /// <summary>Whether a change of this key is to be heard.</summary>
    public bool Has(string key)
    {
        var prefixes = _prefixes;
        if (prefixes.Length > MostPrefixes)
        {
            return true;
        }

        foreach (var prefix in prefixes)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return _keys.ContainsKey(key);
    }

    /// <summary>A watcher comes: from now on its changes are heard.</summary>
    /// <returns>Whether some of them were not heard before.</returns>
    public bool Add(Watcher watcher)
    {
        var isNew = false;
        foreach (var wish in WishesOf(watcher))
        {
            if (!TryFind(watcher, wish, out var interest))
            {
                isNew = true;
                interest = new Interest();
                if (watcher.Keys is null)
                {
                    _byPrefix.Add(wish, interest);
                    _prefixes = [.. _byPrefix.Keys];
                }
                else
                {
                    _keys[wish] = interest;
                }
            }

            interest.Watchers++;
        }

        return isNew;
    }

    /// <summary>What was not heard before is heard since this change.</summary>
    public void NoteSince(Watcher watcher, long number)
    {
        foreach (var wish in WishesOf(watcher))
        {
            if (TryFind(watcher, wish, out var interest))
            {
                interest.Since = Math.Min(interest.Since, number);
            }
        }
    }

    /// <summary>Whether all that a watcher wants has been heard since this change, for itself or for others.</summary>
    public bool ReachBackTo(Watcher watcher, long number)
    {
        string[] heard = [.. _byPrefix.Where(pair => pair.Value.Since <= number).Select(static pair => pair.Key)];
        return WishesOf(watcher)
            .All(wish =>
                (TryFind(watcher, wish, out var interest) && interest.Since <= number)
                || Array.Exists(heard, prefix => wish.StartsWith(prefix, StringComparison.Ordinal))
            );
    }

    /// <summary>A watcher leaves.</summary>
    public void Remove(Watcher watcher)
    {
        var now = time.GetTimestamp();
        foreach (var wish in WishesOf(watcher))
        {
            if (TryFind(watcher, wish, out var interest))
            {
                interest.Watchers--;
                interest.LeftAt = now;
            }
        }

        if (time.GetElapsedTime(_swept, now) >= Linger)
        {
            _swept = now;
            Sweep(now);
        }
    }

    private void Sweep(long now)
    {
        foreach (var (key, interest) in _keys)
        {
            if (IsOver(interest, now))
            {
                _keys.TryRemove(key, out _);
            }
        }

        foreach (var (prefix, _) in _byPrefix.Where(pair => IsOver(pair.Value, now)).ToArray())
        {
            _byPrefix.Remove(prefix);
        }

        _prefixes = [.. _byPrefix.Keys];
    }

    private bool IsOver(Interest interest, long now) => interest.Watchers == 0 && time.GetElapsedTime(interest.LeftAt, now) >= Linger;

    private static IEnumerable<string> WishesOf(Watcher watcher) => watcher.Keys ?? (IEnumerable<string>)[watcher.Prefix ?? string.Empty];

    private bool TryFind(Watcher watcher, string wish, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Interest? interest) =>
        watcher.Keys is null ? _byPrefix.TryGetValue(wish, out interest) : _keys.TryGetValue(wish, out interest);

    private sealed class Interest
    {
        /// <summary>How many watchers have it now.</summary>
        public int Watchers { get; set; }

        /// <summary>The number of the change since which it is heard.</summary>
        public long Since { get; set; } = long.MaxValue;

        /// <summary>When the last watcher left.</summary>
        public long LeftAt { get; set; }
    }
}
