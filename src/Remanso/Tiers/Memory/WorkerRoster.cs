namespace Remanso.Tiers.Memory;

/// <summary>The workers that said they are alive, when, and until when.</summary>
internal sealed class WorkerRoster
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Beat> _known = new(StringComparer.Ordinal);

    /// <summary>Notes that a worker is alive, or, with no duration, that it takes its leave.</summary>
    /// <returns>All that are.</returns>
    internal LivingWorker[] Heartbeat(string worker, long now, TimeSpan duration)
    {
        lock (_gate)
        {
            foreach (var name in _known.Where(one => now >= one.Value.Until).Select(static one => one.Key).ToArray())
            {
                _known.Remove(name);
            }

            if (duration > TimeSpan.Zero)
            {
                var settledAt = _known.TryGetValue(worker, out var known)
                    ? known.SettledAt
                    : TierClock.After(now, LivingWorker.TrialOf(duration));
                _known[worker] = new Beat(now, TierClock.After(now, duration), settledAt);
            }
            else
            {
                _known.Remove(worker);
            }

            return
            [
                .. _known.Select(one => new LivingWorker(
                    one.Key,
                    one.Value.At < one.Value.SettledAt ? WorkerStanding.OnTrial : WorkerStanding.Settled,
                    TierClock.Span(now - one.Value.At) > LivingWorker.LongestSilence
                )),
            ];
        }
    }

    private sealed record Beat(long At, long Until, long SettledAt);
}
