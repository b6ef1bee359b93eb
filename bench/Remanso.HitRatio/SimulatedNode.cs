using Remanso.Tiers.Eviction;

namespace Remanso.HitRatio;

/// <summary>An entry of weight 1 that may always leave.</summary>
internal sealed class SimulatedNode(int key) : EvictionNode(key, 1)
{
    internal override bool TryRetire() => true;
}
