using Remanso.Tiers;

namespace Remanso.Processes;

// One small command every five seconds, and one within a second after other partitions are held. Nothing depends on it
// but what people see: leases and workers have heartbeats of their own. So a beat that fails is not told; the silence
// is.
//
// A tier in this process's memory is shared with nobody: there, it is said when somebody asks. Where nothing is flushed
// it is said now and then all the same: the tier looks at its clock then, and lets go of what is past its time.

/// <summary>Tells a cache's tier every few seconds that this process is there, so that people see all processes from
/// each of them.</summary>
internal sealed class ProcessBeat(ICacheTier tier, ProcessIdentity self, bool flushes, Func<IReadOnlyList<int>> held, TimeProvider time)
{
    /// <summary>How often it is said.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>For how long a silent process is remembered.</summary>
    public static readonly TimeSpan Keep = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan _lookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _lookEveryAlone = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _leavePatience = TimeSpan.FromSeconds(1);

    private volatile bool _isTold;
    private volatile bool _hasLeft;

    /// <summary>Says it until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (tier.IsLocal && flushes)
        {
            return;
        }

        var (last, at) = (string.Empty, 0L);
        while (!stop.IsCancellationRequested)
        {
            var partitions = PartitionText.Of(held());
            if (at == 0 || time.GetElapsedTime(at) >= Every || (_isTold && partitions != last))
            {
                (last, at) = (partitions, time.GetTimestamp());
                await TellAsync(partitions, stop).ConfigureAwait(false);
            }

            await Task.Delay(tier.IsLocal ? _lookEveryAlone : _lookEvery, time, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>All processes of the cache that are remembered, dead ones among them.</summary>
    /// <param name="through">The tier to ask: callers come by the one that starts the caches.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<IReadOnlyList<RegisteredProcess>> ListAsync(ICacheTier through, CancellationToken cancellationToken)
    {
        if (tier.IsLocal && !_hasLeft)
        {
            await tier.RegisterAsync(self.Id, CardOf(PartitionText.Of(held())), Keep, cancellationToken).ConfigureAwait(false);
        }

        return await through.ListProcessesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes its leave, where the tier answered the last time; it holds up nobody's stop.</summary>
    public async Task LeaveAsync(CancellationToken deadline)
    {
        _hasLeft = true;
        if (!tier.IsLocal && !_isTold)
        {
            return;
        }

        try
        {
            using var patience = new CancellationTokenSource(_leavePatience, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, deadline);
            await tier.UnregisterAsync(self.Id, both.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It looks dead for a while, and is forgotten.
        }
    }

    private async Task TellAsync(string partitions, CancellationToken stop)
    {
        try
        {
            await tier.RegisterAsync(self.Id, CardOf(partitions), Keep, stop).ConfigureAwait(false);
            _isTold = true;
        }
        catch (Exception)
        {
            // The next beat tries again; whoever looks sees the silence. One that a stop broke off may have been heard.
            _isTold = stop.IsCancellationRequested;
        }
    }

    private string CardOf(string partitions) =>
        new ProcessCard(
            self.Role,
            self.Version,
            Environment.MachineName,
            Environment.ProcessId,
            self.StartedAt,
            flushes,
            (long)Every.TotalMilliseconds,
            partitions
        ).ToText();
}
