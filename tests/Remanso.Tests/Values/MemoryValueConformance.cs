using Remanso.Conformance.Caches;

namespace Remanso.Tests.Values;

public sealed class MemoryValueConformance : ValueConformance
{
    protected override void UseTier(RemansoBuilder builder) => builder.UseMemoryTier();
}

public sealed class MemoryUnreadableValueConformance : UnreadableValueConformance
{
    protected override void UseTier(RemansoBuilder builder) => builder.UseMemoryTier();
}

public sealed class MemoryRowVersionConformance : RowVersionConformance
{
    protected override void UseTier(RemansoBuilder builder) => builder.UseMemoryTier();
}
