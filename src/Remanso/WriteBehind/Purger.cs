using Microsoft.Extensions.Logging;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// One at a time: the worker that holds the lease of partition 0, and only while its own flushes succeed. Two that both
// believe to hold it remove nothing that one would not.
//
// What stays: besides what is younger than the retention, all that was deleted after the oldest dirty entry was
// written, and the rows of dead letters: a tombstone may have to beat such an entry, at its flush or its replay. So neither
// an outage longer than the retention nor a late replay brings anything back. Dead letters spare their keys and not their
// time: one that nobody sees to would end all purging.
//
// Three clocks: this process's, the tier's and the database's may disagree. What is not gone by all of them stays.
//
// Beside the flush: a batch is one short transaction, and after each the purge rests for as long as the batch took.

/// <summary>
/// Removes the rows of one cache that are gone (tombstones, and rows past their lifetime) from its store once their retention is over.
/// </summary>
internal sealed class Purger(
    ICacheTier tier,
    IPurgeableStore store,
    PurgeOptions options,
    Func<bool> isMine,
    TimeProvider time,
    CacheCounters counters,
    ILogger logger
)
{
    private bool _failed;

    /// <summary>Purges until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(options.Interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await PurgeAsync(stop).ConfigureAwait(false);
                _failed = false;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Nothing waits for a purge. Told once: a grant that is missing would be told every minute otherwise.
                counters.PurgeErrors.Add();
                if (!_failed)
                {
                    logger.PurgeFailed(tier.Cache, exception.Message);
                }

                _failed = true;
            }
        }
    }

    private async Task PurgeAsync(CancellationToken stop)
    {
        if (!isMine())
        {
            return;
        }

        // Before what is dirty: one that is replayed between the two is young there.
        var letters = await tier.ListDeadLettersAsync(int.MaxValue, stop).ConfigureAwait(false);
        // Before its age is asked for, which may be heard late.
        var now = await NowAsync(stop).ConfigureAwait(false);
        var oldest = (await tier.GetDirtyAsync(stop).ConfigureAwait(false)).OldestAge;
        var before = now - Micros(oldest > options.Retention ? oldest : options.Retention);
        var spared = letters.Select(static letter => letter.Key).ToHashSet(StringComparer.Ordinal);
        int removed;
        do
        {
            stop.ThrowIfCancellationRequested();
            var began = time.GetTimestamp();
            // Not cancelled in its midst: it is short, and a stop is quicker than a rollback.
            removed = await store.PurgeAsync(before, options.BatchSize, spared, CancellationToken.None).ConfigureAwait(false);
            counters.Purged.Add(removed);
            await Task.Delay(time.GetElapsedTime(began), time, stop).ConfigureAwait(false);
        } while (removed >= options.BatchSize && isMine());
    }

    /// <summary>The clock that is furthest behind: lifetimes are counted by the tier's, times of writing noted by
    /// workers', and what the database says of itself costs nothing to ask.</summary>
    private async ValueTask<long> NowAsync(CancellationToken stop)
    {
        var own = Micros(time.GetUtcNow() - DateTimeOffset.UnixEpoch);
        return Math.Min(own, Math.Min(tier.Now, await store.GetTimeAsync(stop).ConfigureAwait(false)));
    }

    private static long Micros(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
