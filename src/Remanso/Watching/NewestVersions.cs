namespace Remanso.Watching;

/// <summary>The versions that were told last, of as many changes as could still be overtaken.</summary>
internal sealed class NewestVersions
{
    private readonly Dictionary<string, (long Version, long Number)> _byKey = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long Number)> _order = new();

    /// <summary>Whether no higher version of the key was told, nor this one.</summary>
    public bool TryAdvance(string key, long version, long number)
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

    /// <summary>Forgets all: versions may be lower from now on.</summary>
    public void Clear()
    {
        _byKey.Clear();
        _order.Clear();
    }
}
