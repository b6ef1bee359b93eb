using Remanso.Conformance.Caches;
using Remanso.Redis.Tests.Faces;
using Remanso.Redis.Tests.Tier;

namespace Remanso.Redis.Tests.Aside;

public sealed class RedisAsideWrites(TierServer server) : AsideWriteConformance(new RedisFaceHarness(server.Address));

public sealed class RedisAsideReads(TierServer server) : AsideReadConformance(new RedisFaceHarness(server.Address));

public sealed class RedisAsideExpiry(TierServer server) : AsideExpiryConformance(new RedisFaceHarness(server.Address));

public sealed class RedisCacheEvents(TierServer server) : CacheEventConformance(new RedisFaceHarness(server.Address));

public sealed class RedisWatches(TierServer server) : WatchConformance(new RedisFaceHarness(server.Address));

public sealed class RedisAsideLoaders(TierServer server) : AsideLoaderConformance(new RedisFaceHarness(server.Address));
