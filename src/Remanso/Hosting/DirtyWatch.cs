using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>What is dirty, for a meter, which can't wait: of a remote tier it gets what the last look found, and sets
/// off the next.</summary>
internal sealed class DirtyWatch(ICacheTier tier, TimeProvider time, CancellationToken stop)
{
    private volatile Look? _last;
    private volatile Task _looking = Task.CompletedTask;

    public DirtySummary Now
    {
        get
        {
            if (_looking.IsCompleted)
            {
                _looking = LookAsync();
            }

            return _last?.Summary ?? default;
        }
    }

    /// <summary>What the last look found, and when; null before the first one.</summary>
    public (DirtySummary Summary, DateTimeOffset At)? Last => _last is { } look ? (look.Summary, look.At) : null;

    /// <summary>Somebody else has looked.</summary>
    public void Note(DirtySummary summary) => _last = new Look(summary, time.GetUtcNow());

    private async Task LookAsync()
    {
        try
        {
            Note(await tier.EstimateDirtyAsync(stop).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is TierUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // The last look stands.
        }
    }

    private sealed record Look(DirtySummary Summary, DateTimeOffset At);
}
