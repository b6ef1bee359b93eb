using Remanso.Redis.Scripts;

namespace Remanso.Redis.Tier;

// Not cached: a drain ends when this says that nothing is dirty. It is one round trip, pipelined over the partitions.

/// <summary>Sums up what is dirty.</summary>
internal sealed class DirtyStep(TierContext tier)
{
    /// <summary>Sums over all partitions, and notes the sums for the limits.</summary>
    public async ValueTask<DirtySummary> SumAsync(CancellationToken cancellationToken)
    {
        var partitions = await tier
            .Calls.RunAllAsync(
                tier.Keys.Partitions.ToArray(),
                static (client, partition, token) => DirtyScript.RunAsync(client, partition, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        tier.Dirty.Refresh(partitions);

        long entries = 0,
            bytes = 0,
            deadLetters = 0,
            oldest = 0;
        foreach (var partition in partitions)
        {
            entries += partition.Amount.Entries;
            bytes += partition.Amount.Bytes;
            deadLetters += partition.DeadLetters;
            oldest = Math.Max(oldest, partition.OldestMicros);
        }

        return new DirtySummary(entries, bytes, TimeSpan.FromMicroseconds(oldest), deadLetters);
    }

    /// <summary>Renews what the limits are judged by; its failure is the next write's to tell.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SumAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException)
        {
            // The limits are judged by what was known before.
        }
    }
}
