namespace Remanso.Redis.Tier;

// What is settled behind one that is not stays in the queue until the next take finds its entry clean.

/// <summary>The markers that one take read from one queue, from its start without a gap, and which of them have
/// nothing left to say. As far as those reach without a gap the queue is cut off at once: deleting single entries of a
/// stream costs Redis three microseconds each, because it looks for them one by one.</summary>
internal sealed class TakenBatch
{
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<QueuedMarker> _markers;

    // The place of each marker's key.
    private readonly int[] _places;
    private readonly bool[] _isDone;
    private int _cut;

    /// <param name="markers">The markers.</param>
    /// <param name="reign">The reign under which they were read.</param>
    public TakenBatch(IReadOnlyList<QueuedMarker> markers, byte[] reign)
    {
        _markers = markers;
        Reign = reign;
        _places = new int[markers.Count];
        var places = new Dictionary<string, int>(markers.Count, StringComparer.Ordinal);
        var oldest = new List<QueuedMarker>(markers.Count);
        for (var i = 0; i < _places.Length; i++)
        {
            if (places.TryAdd(markers[i].Key, oldest.Count))
            {
                oldest.Add(markers[i]);
            }

            _places[i] = places[markers[i].Key];
        }

        Oldest = oldest;
        _isDone = new bool[oldest.Count];
    }

    /// <summary>The oldest marker of each key, which says how long that waits: one that was written again since it was
    /// taken has two. The index of a key here is its place.</summary>
    public IReadOnlyList<QueuedMarker> Oldest { get; }

    /// <summary>The reign under which they were read: under another they may have something to say again.</summary>
    public byte[] Reign { get; }

    /// <summary>The number of the partition's last removal by tag or fill lease when this was taken.</summary>
    public long Number { get; set; }

    /// <summary>The markers of the key at a place have nothing left to say: the settlement is recorded, or there was
    /// nothing to take.</summary>
    public void Done(int place)
    {
        lock (_gate)
        {
            _isDone[place] = true;
        }
    }

    /// <summary>The newest marker up to which all are done; 0 where there is none since this was asked last.</summary>
    public long CutOff()
    {
        lock (_gate)
        {
            var before = _cut;
            while (_cut < _places.Length && _isDone[_places[_cut]])
            {
                _cut++;
            }

            return _cut > before ? _markers[_cut - 1].Id : 0;
        }
    }
}
