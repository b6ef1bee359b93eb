using Remanso.Conformance.Faces;
using Remanso.Redis.Tests.Tier;

namespace Remanso.Redis.Tests.Faces;

public sealed class RedisDistributedCache(TierServer server) : DistributedCacheConformance(new RedisFaceHarness(server.Address));

public sealed class RedisDistributedExpiry(TierServer server) : DistributedExpiryConformance(new RedisFaceHarness(server.Address));

public sealed class RedisHybridCache(TierServer server) : HybridCacheConformance(new RedisFaceHarness(server.Address));

public sealed class RedisHybridInstances(TierServer server) : HybridInstanceConformance(new RedisFaceHarness(server.Address));

public sealed class RedisHybridSerializers(TierServer server) : HybridSerializerConformance(new RedisFaceHarness(server.Address));

public sealed class RedisHybridExpiry(TierServer server) : HybridExpiryConformance(new RedisFaceHarness(server.Address));

public sealed class RedisHybridTags(TierServer server) : HybridTagConformance(new RedisFaceHarness(server.Address));

public sealed class RedisHybridFlags(TierServer server) : HybridFlagConformance(new RedisFaceHarness(server.Address));

public sealed class RedisHybridFlights(TierServer server) : HybridFlightConformance(new RedisFaceHarness(server.Address));

public sealed class RedisHybridLimits(TierServer server) : HybridLimitConformance(new RedisFaceHarness(server.Address));
