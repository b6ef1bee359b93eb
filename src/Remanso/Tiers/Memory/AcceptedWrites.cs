using System.Runtime.InteropServices;

namespace Remanso.Tiers.Memory;

// One owner may have at most as many notes as are free, so that whoever takes many leaves room for the next: half of
// all where it is alone.

/// <summary>What became of the writes that have an identity, until their time is over: a repeated one gets the same answer.</summary>
internal sealed class AcceptedWrites(TimeSpan retention, int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Key, string Id), Accepted> _byName = [];
    private readonly Queue<((string Key, string Id) Name, string? Owner, long Until)> _byAge = [];
    private readonly Dictionary<string, int> _byOwner = new(StringComparer.Ordinal);

    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _byName.Count;
            }
        }
    }

    /// <summary>The result that a write has because it was made before, or because no more can be noted; null where it
    /// is to be made.</summary>
    internal TierWriteResult? Find(in TierWrite write, long now)
    {
        var identity = write.Identity!;
        lock (_gate)
        {
            while (_byAge.TryPeek(out var oldest) && oldest.Until <= now)
            {
                _byAge.Dequeue();
                _byName.Remove(oldest.Name);
                Disown(oldest.Owner);
            }

            if (_byName.TryGetValue((write.Key, identity.Id), out var accepted))
            {
                return accepted.Fingerprint == identity.Fingerprint
                    ? new(TierWriteOutcome.Accepted, accepted.Version, Number: accepted.Number, IsKnown: true)
                    : new(TierWriteOutcome.IdentityReused, accepted.Version);
            }

            return HasRoom(identity.Owner) ? null : new(TierWriteOutcome.IdentitiesFull, 0, TierClock.Span(_byAge.Peek().Until - now));
        }
    }

    /// <summary>Notes a write that was made.</summary>
    internal void Add(in TierWrite write, long version, long number, long now)
    {
        var name = (write.Key, write.Identity!.Id);
        lock (_gate)
        {
            _byName.Add(name, new Accepted(write.Identity.Fingerprint, version, number));
            _byAge.Enqueue((name, write.Identity.Owner, TierClock.After(now, retention)));
            if (write.Identity.Owner is { } owner)
            {
                _byOwner[owner] = _byOwner.GetValueOrDefault(owner) + 1;
            }
        }
    }

    private bool HasRoom(string? owner)
    {
        var free = most - _byName.Count;
        return free > 0 && (owner is null || _byOwner.GetValueOrDefault(owner) < free);
    }

    private void Disown(string? owner)
    {
        if (owner is null)
        {
            return;
        }

        if (_byOwner[owner] == 1)
        {
            _byOwner.Remove(owner);
        }
        else
        {
            _byOwner[owner]--;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Accepted(string Fingerprint, long Version, long Number);
}
