namespace Remanso.Redis.Tier;

// What is settled behind one that is not stays in the queue until the next take finds its entry clean.

/// <summary>The markers that one take read from one queue, from its start without a gap, and which of them have
/// nothing left to say. As far as those reach without a gap the queue is cut off at once: deleting single entries of a
/// stream costs Redis three microseconds each, because it looks for them one by one.</summary>
internal sealed class TakenBatch(IReadOnlyList<QueuedMarker> markers)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _left = markers.Select(static marker => marker.Key).ToHashSet(StringComparer.Ordinal);
    private int _done;

    /// <summary>A key's markers have nothing left to say: the settlement is recorded, or there was nothing to take.</summary>
    public void Done(string key)
    {
        lock (_gate)
        {
            _left.Remove(key);
        }
    }

    /// <summary>The newest marker up to which all are done; 0 where there is none since this was asked last.</summary>
    public long CutOff()
    {
        lock (_gate)
        {
            var before = _done;
            while (_done < markers.Count && !_left.Contains(markers[_done].Key))
            {
                _done++;
            }

            return _done > before ? markers[_done - 1].Id : 0;
        }
    }
}
