using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// A waiting write holds its value, outside the limits that it waits for; so no more than MaxWaiters wait at once in a
// process, and further ones are refused. Best effort: who waits longest is not first. Each looks again after the tier's
// advice, but soon enough not to sleep past a flush.
//
// Past the tier goes only what is not dirty there: readers would go on seeing the dirty value until its flush. A write
// of the key that the tier accepts at the very same time may do that to one that goes past it.

/// <summary>What becomes of writes that found the tier full, where the cache wants more than a refusal: they wait for
/// room, or go past the tier into the store.</summary>
internal sealed class RoomPolicy(
    ICacheTier tier,
    WriteThrough? writeThrough,
    TierOptions options,
    TimeProvider time,
    CacheCounters counters
)
{
    private const int MaxWaiters = 1000;

    private static readonly TimeSpan _longestLook = TimeSpan.FromMilliseconds(100);

    private int _waiters;

    /// <summary>Whether writes wait.</summary>
    public bool Waits => options.WhenFull == WhenFull.Wait;

    /// <summary>Whether a write goes past the tier. One that is to be known again can't: its note is the tier's.</summary>
    public bool WritesThrough(in PreparedWrite prepared) =>
        writeThrough is not null && options.WhenFull == WhenFull.WriteThrough && prepared.Write.Identity is null;

    /// <summary>Tries a refused write again until it is not refused or has waited for long enough.</summary>
    /// <returns>What became of it; still <see cref="TierWriteOutcome.Full"/> where there was no room.</returns>
    public async ValueTask<TierWriteResult> WaitAsync(TierWrite write, TierWriteResult refused, CancellationToken cancellationToken)
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

    /// <summary>Writes past the tier what is not dirty there; refuses the rest.</summary>
    /// <param name="refused">The writes, with the time after which the tier advised to try again.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The outcomes, at the index of their write: also what the tier or the store failed with.</returns>
    public async ValueTask<IReadOnlyList<WriteOutcome>> WriteThroughAsync(
        IReadOnlyList<(PreparedWrite Prepared, TimeSpan RetryAfter)> refused,
        CancellationToken cancellationToken
    )
    {
        var reads = await tier.ReadManyAsync([.. refused.Select(static item => item.Prepared.Write.Key)], holder: 0, cancellationToken)
            .ConfigureAwait(false);
        var outcomes = new WriteOutcome[refused.Count];
        var past = new List<int>(outcomes.Length);
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (reads[i].Error is { } unread)
            {
                outcomes[i] = new WriteOutcome(default, unread);
            }
            else if (reads[i].Value.Entry is { IsDirty: true })
            {
                counters.Refused.Add();
                outcomes[i] = new WriteOutcome(default, new BackPressureException(refused[i].RetryAfter));
            }
            else
            {
                past.Add(i);
            }
        }

        if (past.Count > 0)
        {
            var saved = await writeThrough!.SaveAsync([.. past.Select(i => refused[i].Prepared)], cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < past.Count; i++)
            {
                outcomes[past[i]] = saved[i];
                if (saved[i].Error is null)
                {
                    counters.WrittenThrough.Add();
                }
            }
        }

        return outcomes;
    }
}
