using Remanso.Conformance.Faces;
using Remanso.Redis.Tests.Tier;

namespace Remanso.Redis.Tests.Faces;

// From a bare collection of services: no host starts anything, the first use does.

public sealed class BareRedisDistributedCache(TierServer server)
    : DistributedCacheConformance(new RedisFaceHarness(server.Address, isHosted: false));

public sealed class BareRedisDistributedExpiry(TierServer server)
    : DistributedExpiryConformance(new RedisFaceHarness(server.Address, isHosted: false));

public sealed class BareRedisHybridCache(TierServer server) : HybridCacheConformance(new RedisFaceHarness(server.Address, isHosted: false));

public sealed class BareRedisHybridInstances(TierServer server)
    : HybridInstanceConformance(new RedisFaceHarness(server.Address, isHosted: false));

public sealed class BareRedisHybridTags(TierServer server) : HybridTagConformance(new RedisFaceHarness(server.Address, isHosted: false));

public sealed class BareRedisHybridFlights(TierServer server)
    : HybridFlightConformance(new RedisFaceHarness(server.Address, isHosted: false));
