using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Remanso.Common;

namespace Remanso.ReadThrough;

// Bounded: of more than Most failing keys the later ones are not remembered, and loaded by whoever asks; the bulkhead
// still holds. A key leaves with its first good load, or when room is wanted and its time is long over.

/// <summary>Remembers the keys whose last load failed, each with its failure and the time before which it is not
/// loaded again: exponential, with jitter.</summary>
internal sealed class LoadBackoffs(LoadOptions options, TimeProvider time)
{
    internal const int Most = 10_000;

    private readonly ConcurrentDictionary<string, Failure> _failures = new(StringComparer.Ordinal);
    private int _count;
    private long _sweptAt = time.GetTimestamp();

    /// <summary>Whether an exception says something of the key's source: not that nobody waits any more, nor that the
    /// load waits for itself.</summary>
    public static bool IsFailure(Exception exception, CancellationToken cancellationToken) =>
        exception is not RecursiveLoadException and not TierUnavailableException
        && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested);

    /// <summary>The failure of a key that is not to be loaded now, or null.</summary>
    public ExceptionDispatchInfo? Find(string key) =>
        Volatile.Read(ref _count) != 0 && _failures.TryGetValue(key, out var failure) && time.GetElapsedTime(failure.At) < failure.Delay
            ? failure.Error
            : null;

    /// <summary>A load of the key failed.</summary>
    public void Failed(string key, Exception exception)
    {
        if (options.FirstBackoff <= TimeSpan.Zero)
        {
            return;
        }

        var attempt = 1;
        if (_failures.TryGetValue(key, out var last))
        {
            attempt = last.Attempt + 1;
        }
        else if (!TryMakeRoom())
        {
            return;
        }

        var delay = Backoff.Delay(attempt, options.FirstBackoff, options.MaxBackoff, Chance.NextDouble());
        var failure = new Failure(attempt, time.GetTimestamp(), delay, ExceptionDispatchInfo.Capture(exception));
        while (true)
        {
            if (_failures.TryAdd(key, failure))
            {
                Interlocked.Increment(ref _count);
                return;
            }

            // Not by the index: a load that came back meanwhile has taken it out, and out of the count.
            if (_failures.TryGetValue(key, out var other) && _failures.TryUpdate(key, failure, other))
            {
                return;
            }
        }
    }

    /// <summary>A load of the key came back.</summary>
    public void Succeeded(string key)
    {
        if (Volatile.Read(ref _count) != 0 && _failures.TryRemove(key, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    private bool TryMakeRoom()
    {
        if (Volatile.Read(ref _count) < Most)
        {
            return true;
        }

        // Once a second at most: while everything fails, nothing is over, and each failure would look through all.
        var swept = Volatile.Read(ref _sweptAt);
        if (
            time.GetElapsedTime(swept) < TimeSpan.FromSeconds(1)
            || Interlocked.CompareExchange(ref _sweptAt, time.GetTimestamp(), swept) != swept
        )
        {
            return false;
        }

        foreach (var (key, failure) in _failures)
        {
            if (time.GetElapsedTime(failure.At) > failure.Delay + options.MaxBackoff && _failures.TryRemove(new(key, failure)))
            {
                Interlocked.Decrement(ref _count);
            }
        }

        return Volatile.Read(ref _count) < Most;
    }

    private sealed record Failure(int Attempt, long At, TimeSpan Delay, ExceptionDispatchInfo Error);
}
