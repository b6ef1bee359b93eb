using Remanso.Tiers.Eviction;

namespace Remanso.Tests.Tiers.Eviction;

internal sealed class TestNode(int key, long weight = 1) : EvictionNode(key, weight)
{
    internal int Key => KeyHash;

    internal bool IsDirty { get; set; }

    /// <summary>How often the policy chose this node.</summary>
    internal int Asked { get; private set; }

    /// <summary>What happens elsewhere while the policy is choosing.</summary>
    internal Action WhenAsked { get; set; } = () => { };

    internal override bool TryRetire()
    {
        Asked++;
        WhenAsked();
        return !IsDirty;
    }

    public override string ToString() => $"key {Key}, weight {Weight}";
}
