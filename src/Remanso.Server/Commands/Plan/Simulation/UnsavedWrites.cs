namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>Counts the accepted writes that are nowhere but in the tier: what a tier that is lost would take with it.</summary>
/// <param name="keys">How many keys there are.</param>
internal sealed class UnsavedWrites(int keys)
{
    private readonly int[] _queued = new int[keys];
    private readonly int[] _taken = new int[keys];
    private long _now;

    /// <summary>The most there were at any time.</summary>
    public long Peak { get; private set; }

    /// <summary>A write was accepted.</summary>
    public void Accepted(int key)
    {
        _queued[key]++;
        Peak = Math.Max(Peak, ++_now);
    }

    /// <summary>The key's value was taken for a flush, with what all writes so far made of it.</summary>
    public void Taken(int key)
    {
        _taken[key] += _queued[key];
        _queued[key] = 0;
    }

    /// <summary>What was taken is stored.</summary>
    public void Stored(int key)
    {
        _now -= _taken[key];
        _taken[key] = 0;
    }
}
