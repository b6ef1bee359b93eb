using Remanso.ReadThrough;

namespace Remanso;

/// <summary>How missed keys are loaded.</summary>
public sealed class LoadOptions
{
    /// <summary>K, the bulkhead: at most so many queries run against the store at once; 4 unless set; 1 to 1024.</summary>
    public int MaxConcurrent { get; set; } = 4;

    /// <summary>The most keys in one query; 1000 unless set; 1 to 10,000.</summary>
    public int MaxBatch { get; set; } = 1000;

    /// <summary>After what time a load that has not come back fails for its callers, is cancelled, and frees its key
    /// and its place in the bulkhead; 30 s unless set; 1 ms to 10 minutes. A save past the tier ends so, too.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a caller whose key has a stale copy waits for the load; then it gets the copy, and the load
    /// goes on in the background. 1 s unless set; 0 to 10 minutes: 0 serves the copy at once, <see cref="Timeout"/> or
    /// more only if the load fails.</summary>
    public TimeSpan SoftTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>β of <see cref="EarlyRefresh"/>: how early a copy that is read is loaded again before its TTL ends; 1
    /// unless set; 0 (off) to 100. More: fewer readers wait, more loads.</summary>
    public double EarlyRefreshBeta { get; set; } = EarlyRefresh.DefaultBeta;

    /// <summary>At what part of its TTL a copy that is read is loaded again in the background, beside
    /// <see cref="EarlyRefreshBeta"/>: 0.8 means in the last fifth. Also what was written, of which no load time is
    /// known. Off where null, which it is unless set; 0.01 to 0.99. Less: fewer readers wait, more loads.
    /// </summary>
    public double? RefreshAt { get; set; }

    /// <summary>Whether a caller's own loader
    /// (<see cref="ICache{TKey, TValue}.GetOrLoadAsync(TKey, Func{TKey, CancellationToken, ValueTask{TValue}}, CancellationToken)"/>)
    /// may run in the background: for an early refresh, and on beyond the soft time-out when its caller has left with a
    /// stale copy. False unless set: such a loader often holds what belongs to its caller's request, such as a database
    /// context. A store, and a loader of the cache's own, always may. One read may say otherwise
    /// (<see cref="ReadOptions.InBackground"/>).</summary>
    public bool CallersInBackground { get; set; }

    /// <summary>How long after a failed load its key is not loaded again, at most; doubles with each failure in a row;
    /// 50 ms unless set; 0 to 1 minute. Meanwhile readers get the stale copy, else the failure again. 0 turns it off.</summary>
    public TimeSpan FirstBackoff { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest of these times; 5 s unless set; <see cref="FirstBackoff"/> to 1 hour.</summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(5);

    internal LoadOptions Copy() => (LoadOptions)MemberwiseClone();
}
