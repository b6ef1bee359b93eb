using Remanso.Tiers.Eviction;

namespace Remanso.HitRatio;

/// <summary>A policy that sees only the past. All entries weigh 1, so that the optimum can be computed.</summary>
internal interface IReplacement
{
    void Hit(EvictionNode node);

    void Add(EvictionNode node);

    EvictionNode Evict();
}
