using Remanso.Conformance.Caches;
using Remanso.Redis.Tests.Servers;

namespace Remanso.Redis.Tests.Tier;

public sealed class RedisValueConformance(TierServer server) : ValueConformance
{
    protected override string Name { get; } = TierServer.NewCache();

    protected override void UseTier(RemansoBuilder builder) => builder.UseRedis(PatientOptions.Of(server.Address));
}

public sealed class RedisUnreadableValueConformance(TierServer server) : UnreadableValueConformance
{
    protected override string Name { get; } = TierServer.NewCache();

    protected override void UseTier(RemansoBuilder builder) => builder.UseRedis(PatientOptions.Of(server.Address));
}

public sealed class RedisRowVersionConformance(TierServer server) : RowVersionConformance
{
    protected override string Name { get; } = TierServer.NewCache();

    protected override void UseTier(RemansoBuilder builder) => builder.UseRedis(PatientOptions.Of(server.Address));
}
