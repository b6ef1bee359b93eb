namespace Remanso.Watching;

/// <summary>The versions that were told last, of as many changes as could still be overtaken.</summary>
internal sealed class NewestVersions
{
    private readonly Dictionary<string, (long Version, long Number)> _byKey = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long Number)> _order = new();

    /// <summary>Whether a change is to be told: not where a later version of its key was told before.</summary>
    public bool TryAdvance(in TierChange change, long number)
    {
        if (change.Kind is CacheChangeKind.Gap or CacheChangeKind.AllInvalidated)
        {
            // Versions may be lower from now on.
            _byKey.Clear();
            _order.Clear();
        }

        return change.Version == 0 || TryAdvance(change.Text!, change.Version, number);
    }

    private bool TryAdvance(string key, long version, long number)
    {
        if (_byKey.TryGetValue(key, out var told) && told.Version >= version)
        {
            return false;
        }

        _byKey[key] = (version, number);
        _order.Enqueue((key, number));
        if (_order.Count > ChangeRing.Size)
        {
            var (oldest, itsNumber) = _order.Dequeue();
            if (_byKey.TryGetValue(oldest, out var last) && last.Number == itsNumber)
            {
                _byKey.Remove(oldest);
            }
        }

        return true;
    }
}
