using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>What is dirty, for a meter, which can't wait: of a remote tier it gets what the last look found, and sets
/// off the next.</summary>
internal sealed class DirtyWatch(ICacheTier tier, CancellationToken stop)
{
    private volatile Look _last = new(default);
    private volatile Task _looking = Task.CompletedTask;

    public DirtySummary Now
    {
        get
        {
            if (_looking.IsCompleted)
            {
                _looking = LookAsync();
            }

            return _last.Summary;
        }
    }

    private async Task LookAsync()
    {
        try
        {
            _last = new Look(await tier.EstimateDirtyAsync(stop).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is TierUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // The last look stands.
        }
    }

    private sealed record Look(DirtySummary Summary);
}
