namespace Remanso.Tiers.Eviction;

/// <summary>
/// A FIFO of nodes linked through the nodes themselves: nothing is allocated, a node leaves from the middle in O(1),
/// and the count and weight are always those of the nodes linked.
/// </summary>
internal sealed class NodeQueue
{
    private EvictionNode? _newest;

    /// <summary>The node that leaves next; <see langword="null"/> when the queue is empty.</summary>
    internal EvictionNode? Oldest { get; private set; }

    /// <summary>Where <see cref="Advance"/> stands; <see langword="null"/> at the end, from where it starts anew.</summary>
    private EvictionNode? _hand;

    /// <summary>Nodes held.</summary>
    internal int Count { get; private set; }

    /// <summary>Sum of the weights of the nodes held.</summary>
    internal long Weight { get; private set; }

    /// <summary>Lets a node in that is in no queue; it leaves after all that are there now.</summary>
    internal void Enqueue(EvictionNode node)
    {
        node.Older = _newest;
        if (_newest is null)
        {
            Oldest = node;
        }
        else
        {
            _newest.Newer = node;
        }

        _newest = node;
        Join(node);
    }

    /// <summary>Lets a node in that is in no queue; it leaves before all that are there now.</summary>
    internal void EnqueueNextOut(EvictionNode node)
    {
        node.Newer = Oldest;
        if (Oldest is null)
        {
            _newest = node;
        }
        else
        {
            Oldest.Older = node;
        }

        Oldest = node;
        Join(node);
    }

    /// <summary>The next node of a round through the queue that never ends: a clock's hand, which moves no node.</summary>
    internal EvictionNode? Advance()
    {
        var node = _hand ?? Oldest;
        _hand = node?.Newer;
        return node;
    }

    /// <summary>Takes out a node that is in this queue, wherever it stands.</summary>
    internal void Remove(EvictionNode node)
    {
        if (node.Newer is null)
        {
            _newest = node.Older;
        }
        else
        {
            node.Newer.Older = node.Older;
        }

        if (node.Older is null)
        {
            Oldest = node.Newer;
        }
        else
        {
            node.Older.Newer = node.Newer;
        }

        if (_hand == node)
        {
            _hand = node.Newer;
        }

        node.Newer = node.Older = null;
        node.Queue = null;
        Count--;
        Weight -= node.Weight;
    }

    /// <summary>Puts a node that is in no queue into the place of one that is in this queue.</summary>
    internal void Replace(EvictionNode node, EvictionNode successor)
    {
        (successor.Newer, successor.Older) = (node.Newer, node.Older);
        if (node.Newer is null)
        {
            _newest = successor;
        }
        else
        {
            node.Newer.Older = successor;
        }

        if (node.Older is null)
        {
            Oldest = successor;
        }
        else
        {
            node.Older.Newer = successor;
        }

        if (_hand == node)
        {
            _hand = successor;
        }

        node.Newer = node.Older = null;
        node.Queue = null;
        successor.Queue = this;
        Weight += successor.Weight - node.Weight;
    }

    private void Join(EvictionNode node)
    {
        node.Queue = this;
        Count++;
        Weight += node.Weight;
    }

    /// <summary>Changes the weight of a node that is in this queue; its place in the order stays.</summary>
    internal void Reweigh(EvictionNode node, long weight)
    {
        Weight += weight - node.Weight;
        node.Weight = weight;
    }
}
