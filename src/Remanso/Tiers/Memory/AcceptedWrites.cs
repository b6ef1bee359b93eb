using System.Runtime.InteropServices;

namespace Remanso.Tiers.Memory;

/// <summary>What became of the writes that have an identity, until their time is over: a repeated one gets the same answer.</summary>
/// <remarks>
/// Its lock is an innermost one. That a write is looked up, made and noted in one step is due to the gate of its key's partition, which the caller holds; the bound may be exceeded by as many
/// writes as there are partitions.
/// </remarks>
internal sealed class AcceptedWrites(TimeSpan retention, int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Key, string Id), Accepted> _byName = [];
    private readonly Queue<((string Key, string Id) Name, long Until)> _byAge = [];

    internal int Count
    {
        get
        {
            lock (_gate) return _byName.Count;
        }
    }

    /// <summary>The result that a write has because it was made before, or because no more can be noted; null where it is to be made.</summary>
    internal TierWriteResult? Find(in TierWrite write, long now)
    {
        var identity = write.Identity!;
        lock (_gate)
        {
            while (_byAge.TryPeek(out var oldest) && oldest.Until <= now)
            {
                _byAge.Dequeue();
                _byName.Remove(oldest.Name);
            }

            if (_byName.TryGetValue((write.Key, identity.Id), out var accepted))
            {
                return accepted.Fingerprint == identity.Fingerprint
                    ? new(TierWriteOutcome.Accepted, accepted.Version, Number: accepted.Number)
                    : new(TierWriteOutcome.IdentityReused, accepted.Version);
            }

            return _byName.Count < most ? null : new(TierWriteOutcome.Full, 0, TierClock.Span(_byAge.Peek().Until - now));
        }
    }

    /// <summary>Notes a write that was made.</summary>
    internal void Add(in TierWrite write, long version, long number, long now)
    {
        var name = (write.Key, write.Identity!.Id);
        lock (_gate)
        {
            _byName.Add(name, new Accepted(write.Identity.Fingerprint, version, number));
            _byAge.Enqueue((name, TierClock.After(now, retention)));
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Accepted(string Fingerprint, long Version, long Number);
}
