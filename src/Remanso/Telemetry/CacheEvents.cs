using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remanso.Telemetry;

// Unheard, an event costs the look at one field: whoever raises it asks Wants first, and only then puts it together.
// Events are raised with no lock held, on the thread on which they happen.

/// <summary>Who hears what happens in one cache.</summary>
internal sealed class CacheEvents
{
    private readonly Lock _gate = new();
    private Subscription[] _subscriptions = [];
    private int _wanted;

    /// <summary>The cache's name.</summary>
    public string Cache { get; set; } = string.Empty;

    /// <summary>Where it is told that an observer throws.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>Whether somebody hears one of these kinds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Wants(CacheEventKinds kinds) => (_wanted & (int)kinds) != 0;

    /// <summary>Tells an observer of these kinds, until the result is disposed of.</summary>
    public IDisposable Add(Action<CacheEvent> observer, CacheEventKinds kinds)
    {
        var subscription = new Subscription(this, observer, kinds);
        Change(subscriptions => [.. subscriptions, subscription]);
        return subscription;
    }

    /// <summary>Tells those who want to hear of it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Raise(in CacheEvent what)
    {
        foreach (var subscription in Volatile.Read(ref _subscriptions))
        {
            if ((subscription.Kinds & what.Kind) != 0)
            {
                Tell(subscription, what);
            }
        }
    }

    /// <summary>An event of this cache.</summary>
    public CacheEvent Of(CacheEventKinds kind) => new(Cache, kind);

    /// <summary>Raises a read's event.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Read(CacheEventKinds kind, string key, ReadSource source, long version) =>
        Raise(Of(kind) with { Key = key, Source = source, Version = version });

    /// <summary>Raises that each of the keys was dropped or expired.</summary>
    public void Ended(CacheEventKinds kind, IEnumerable<string> keys)
    {
        if (Wants(kind))
        {
            foreach (var key in keys)
            {
                Raise(Of(kind) with { Key = key });
            }
        }
    }

    /// <summary>Raises that all, or what carries one of the tags, was dropped or expired.</summary>
    public void Ended(bool keepsStale, IReadOnlyList<string>? tags)
    {
        var kind = keepsStale ? CacheEventKinds.Expired : CacheEventKinds.Invalidated;
        if (!Wants(kind))
        {
            return;
        }

        foreach (var tag in tags ?? [null!])
        {
            Raise(Of(kind) with { Tag = tag, Count = 0 });
        }
    }

    private void Tell(Subscription subscription, in CacheEvent what)
    {
        try
        {
            subscription.Observer(what);
        }
        catch (Exception exception)
        {
            // Once each: it may throw for every read.
            if (subscription.IsFirstFailure())
            {
                Logger.ObserverFailed(Cache, what.Kind, exception);
            }
        }
    }

    private void Change(Func<Subscription[], Subscription[]> change)
    {
        lock (_gate)
        {
            var after = change(_subscriptions);
            Volatile.Write(ref _subscriptions, after);
            Volatile.Write(
                ref _wanted,
                (int)after.Aggregate(CacheEventKinds.None, static (kinds, subscription) => kinds | subscription.Kinds)
            );
        }
    }

    private sealed class Subscription(CacheEvents owner, Action<CacheEvent> observer, CacheEventKinds kinds) : IDisposable
    {
        private int _failures;

        public Action<CacheEvent> Observer => observer;

        public CacheEventKinds Kinds => kinds;

        public bool IsFirstFailure() => Interlocked.Exchange(ref _failures, 1) == 0;

        public void Dispose() => owner.Change(subscriptions => [.. subscriptions.Where(one => one != this)]);
    }
}
