using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>Whether a cache's store is to be left alone now, and what ends that.</summary>
internal sealed class FlushQuiet(ICacheTier tier, CacheOptions options, TimeProvider time)
{
    private readonly FlushRoom _room = new(tier, options);

    /// <summary>Whether it is one of the quiet hours.</summary>
    public bool IsNow => options.Flush.QuietHours is { } hours && hours.Contains(TimeOnly.FromDateTime(time.GetUtcNow().UtcDateTime));

    /// <summary>Whether what is dirty has reached half of a limit: were nothing flushed, writes would soon be refused.</summary>
    public async ValueTask<bool> IsHalfFullAsync(CancellationToken cancellationToken)
    {
        try
        {
            return _room.IsHalfFull(await tier.EstimateDirtyAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it was, it must not end the flusher: the next interval asks again.
            return false;
        }
    }
}
