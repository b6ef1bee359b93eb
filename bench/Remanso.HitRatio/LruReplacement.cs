using Remanso.Tiers.Eviction;

namespace Remanso.HitRatio;

/// <summary>Least recently used leaves first: the yardstick.</summary>
internal sealed class LruReplacement : IReplacement
{
    private readonly NodeQueue _queue = new();

    public void Hit(EvictionNode node)
    {
        _queue.Remove(node);
        _queue.Enqueue(node);
    }

    public void Add(EvictionNode node) => _queue.Enqueue(node);

    public EvictionNode Evict()
    {
        var victim = _queue.Oldest ?? throw new InvalidOperationException("Nothing to evict.");
        _queue.Remove(victim);
        return victim;
    }
}
