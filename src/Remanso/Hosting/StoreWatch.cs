using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>Tells whether the store can be reached while the tier can't: nothing is flushed then, so nobody else would find out.</summary>
/// <param name="outages">Whether the tier can be reached.</param>
/// <param name="ask">Asks the store for anything.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreWatch(TierOutages outages, Func<CancellationToken, ValueTask> ask, TimeProvider time)
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private volatile string? _problem;

    /// <summary>Why the store can't be reached, or null; known only while the tier can't be.</summary>
    public string? Problem => outages.Problem is null ? null : _problem;

    /// <summary>Watches until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var question = new StoreQuestion(ask, _patience, time);
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(_every, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (outages.Problem is null)
            {
                _problem = null;
                continue;
            }

            try
            {
                _problem = await question.AskAsync(stop).ConfigureAwait(false) ? null : "the store does not answer";
            }
            catch (Exception exception)
            {
                _problem = exception.Message;
            }
        }
    }
}
