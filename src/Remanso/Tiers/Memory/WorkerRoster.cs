namespace Remanso.Tiers.Memory;

/// <summary>The workers that said they are alive, and until when.</summary>
internal sealed class WorkerRoster
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _until = new(StringComparer.Ordinal);

    /// <summary>Notes that a worker is alive.</summary>
    /// <returns>All that are, sorted.</returns>
    internal string[] Heartbeat(string worker, long now, long until)
    {
        lock (_gate)
        {
            _until[worker] = until;
            foreach (var (name, end) in _until)
            {
                if (now >= end && name != worker)
                {
                    _until.Remove(name);
                }
            }

            return [.. _until.Keys.Order(StringComparer.Ordinal)];
        }
    }
}
