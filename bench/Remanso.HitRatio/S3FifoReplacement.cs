using Remanso.Tiers.Eviction;

namespace Remanso.HitRatio;

internal sealed class S3FifoReplacement(int capacity) : IReplacement
{
    private readonly S3FifoPolicy _policy = new(capacity);

    public void Hit(EvictionNode node) => node.Touch();

    public void Add(EvictionNode node) => _policy.Add(node);

    public EvictionNode Evict() => _policy.TryEvict(out var victim) ? victim : throw new InvalidOperationException("Nothing to evict.");
}
