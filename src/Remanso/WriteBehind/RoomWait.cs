using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>
/// Lets writes that found the tier full wait for room, where the cache wants that.
/// </summary>
/// <remarks>
/// A waiting write holds its value, outside the limits that it waits for; so no more than <see cref="MaxWaiters"/> wait at once in a process, and further ones are refused. Best effort: who waits longest is not
/// first. Each looks again after the tier's advice, but soon enough not to sleep past a flush.
/// </remarks>
internal sealed class RoomWait(ICacheTier tier, TierOptions options, TimeProvider time, CacheCounters counters)
{
    private const int MaxWaiters = 1000;

    private static readonly TimeSpan _longestLook = TimeSpan.FromMilliseconds(100);

    private int _waiters;

    /// <summary>Whether writes wait at all.</summary>
    public bool IsWanted => options.WhenFull == WhenFull.Wait;

    /// <summary>Tries a refused write again until it is not refused or has waited for long enough.</summary>
    /// <returns>What became of it; still <see cref="TierWriteOutcome.Full"/> where there was no room.</returns>
    public async ValueTask<TierWriteResult> WriteAsync(TierWrite write, TierWriteResult refused, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiters) > MaxWaiters)
        {
            Interlocked.Decrement(ref _waiters);
            return refused;
        }

        try
        {
            counters.RoomWaits.Add();
            var began = time.GetTimestamp();
            var result = refused;
            while (result.Outcome == TierWriteOutcome.Full)
            {
                var left = options.MaxWait - time.GetElapsedTime(began);
                if (left <= TimeSpan.Zero)
                {
                    break;
                }

                var look = result.RetryAfter < _longestLook ? result.RetryAfter : _longestLook;
                await Task.Delay(look < left ? look : left, time, cancellationToken).ConfigureAwait(false);
                result = await tier.WriteAsync(write, cancellationToken).ConfigureAwait(false);
            }

            return result;
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }
}
