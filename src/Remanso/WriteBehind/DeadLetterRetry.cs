using Microsoft.Extensions.Logging;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// The worker that holds the lease of partition 0 does it, and only while its flushes succeed. It counts for itself:
// another worker, or the next process, begins anew.

/// <summary>Queues dead letters again by itself, each a bounded number of times
/// (<see cref="FlushOptions.DeadLetterRetries"/>): for rows that wait for rows of other caches.</summary>
internal sealed class DeadLetterRetry(ICacheTier tier, FlushOptions options, Func<bool> isMine, TimeProvider time, ILogger logger)
{
    private Dictionary<string, (long Version, int Times)> _tried = new(StringComparer.Ordinal);

    /// <summary>Retries until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // Twice as often as they are due, so that none waits for twice its time.
            await Task.Delay(options.DeadLetterRetryAfter / 2, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (!stop.IsCancellationRequested && isMine())
                {
                    await RetryAsync(stop).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The tier is away, or the cache stops: the next time tries again, and the flusher tells of it.
            }
        }
    }

    private async Task RetryAsync(CancellationToken stop)
    {
        var letters = await tier.ListDeadLettersAsync(options.MaxDeadLetters, stop).ConfigureAwait(false);
        var due = new DeadLetterFilter { OlderThan = options.DeadLetterRetryAfter };
        var now = tier.Now;
        var tried = new Dictionary<string, (long Version, int Times)>(StringComparer.Ordinal);
        var keys = new List<string>();
        foreach (var letter in letters)
        {
            var times = _tried.TryGetValue(letter.Key, out var before) && before.Version == letter.Version ? before.Times : 0;
            if (times < options.DeadLetterRetries && due.Takes(letter, now))
            {
                keys.Add(letter.Key);
                times++;
            }

            tried[letter.Key] = (letter.Version, times);
        }

        // What is queued at this moment is no dead letter and not listed, but may be one again.
        foreach (
            var (key, before) in _tried.Where(before =>
                before.Value.Times < options.DeadLetterRetries || letters.Count < options.MaxDeadLetters
            )
        )
        {
            tried.TryAdd(key, before);
        }

        _tried = tried.Count > 2 * options.MaxDeadLetters ? [] : tried;
        if (keys.Count > 0)
        {
            logger.DeadLettersRetried(tier.Cache, await tier.ReplayDeadLettersAsync(keys, stop).ConfigureAwait(false));
        }
    }
}
