using Remanso.Conformance.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierFills(RedisCluster cluster) : TierFillConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierFlush(RedisCluster cluster) : TierFlushConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierDeadLetters(RedisCluster cluster) : TierDeadLetterConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierInvalidation(RedisCluster cluster) : TierInvalidationConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierTags(RedisCluster cluster) : TierTagConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierTagLoads(RedisCluster cluster) : TierTagLoadConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierTagFlushes(RedisCluster cluster) : TierTagFlushConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierExpiry(RedisCluster cluster) : TierExpiryConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierObservers(RedisCluster cluster) : TierObserverConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierDurability(RedisCluster cluster) : TierDurabilityConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierCounters(RedisCluster cluster) : TierCounterConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierIdentities(RedisCluster cluster) : TierIdentityConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierMerges(RedisCluster cluster) : TierMergeConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierVersions(RedisCluster cluster) : TierVersionConformance(new RedisTierHarness(cluster.Address));

[Collection(nameof(ClusterTests))]
public sealed class ClusterTierProcesses(RedisCluster cluster) : TierProcessConformance(new RedisTierHarness(cluster.Address));
