using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>What is dirty, for a meter, which can't wait: of a remote tier it gets what the last look found, and sets
/// off the next.</summary>
internal sealed class DirtyWatch(ICacheTier tier, TierOutages outages, TimeProvider time, CancellationToken stop)
{
    private volatile Look? _last;
    private volatile Task _looking = Task.CompletedTask;

    public DirtySummary Now
    {
        get
        {
            SetOff();
            return _last?.Summary ?? default;
        }
    }

    /// <summary>What the last look found, and since when all of it is known; null before the first one that saw all.</summary>
    public (DirtySummary Summary, DateTimeOffset At)? Last => _last is { At: { } at } look ? (look.Summary, at) : null;

    /// <summary>Looks, and waits a moment for that: who is about to be found away is not waited for.</summary>
    public async Task LookAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        SetOff();
        try
        {
            await _looking.WaitAsync(atMost, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It goes on, and is the next caller's.
        }
    }

    /// <summary>Somebody else has looked.</summary>
    public void Note(DirtySummary summary) => _last = new Look(summary, outages.Any ? _last?.At : time.GetUtcNow());

    private void SetOff()
    {
        if (_looking.IsCompleted)
        {
            _looking = LookAsync();
        }
    }

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

    private sealed record Look(DirtySummary Summary, DateTimeOffset? At);
}
