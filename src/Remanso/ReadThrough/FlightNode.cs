namespace Remanso.ReadThrough;

// No graph is kept beside the flights: an edge is a caller that waits in a flight and remembers the flight whose load
// it runs in. So edges come and go with the callers, and callers outside of any load cost nothing.

/// <summary>
/// A flight as a node of the graph "the load of X waits for the load of Y", whatever the types of keys and values and
/// however many <see cref="SingleFlight{TKey, TValue}"/> take part. A circle in it is a deadlock.
/// </summary>
internal abstract class FlightNode
{
    // One for the process, so that a chain through several caches is seen, and so that nested flights replace each
    // other's value instead of lengthening every execution context.
    private static readonly AsyncLocal<FlightNode?> _current = new();

    /// <summary>
    /// The flight whose load the running code is part of, if that load is still going. What a load started, did not
    /// await and left behind belongs to no flight: nothing waits for it.
    /// </summary>
    public static FlightNode? Current
    {
        get => _current.Value is { HasLanded: false } flight ? flight : null;
        set => _current.Value = value;
    }

    /// <summary>Whether the load has ended and its outcome is published.</summary>
    public abstract bool HasLanded { get; }

    /// <summary>This flight and every other whose load waits, directly or through others, for this one.</summary>
    public HashSet<FlightNode> WithAllWaitingForIt()
    {
        var found = new HashSet<FlightNode> { this };
        var unvisited = new Stack<FlightNode>(found);
        var direct = new List<FlightNode>();
        while (unvisited.TryPop(out var flight))
        {
            direct.Clear();
            flight.CopyWaiting(direct);
            foreach (var waiting in direct)
            {
                if (found.Add(waiting))
                {
                    unvisited.Push(waiting);
                }
            }
        }

        return found;
    }

    /// <summary>Whether any load waits for this one.</summary>
    public bool IsAwaitedByLoads
    {
        get
        {
            var direct = new List<FlightNode>();
            CopyWaiting(direct);
            return direct.Count > 0;
        }
    }

    /// <summary>Adds the flights whose loads have a caller in this one.</summary>
    protected abstract void CopyWaiting(List<FlightNode> into);
}
