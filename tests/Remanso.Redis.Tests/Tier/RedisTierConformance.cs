using Remanso.Conformance.Tiers;

namespace Remanso.Redis.Tests.Tier;

public sealed class RedisTierReads(TierServer server) : TierReadConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierWrites(TierServer server) : TierWriteConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierBackPressure(TierServer server) : TierBackPressureConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierFills(TierServer server) : TierFillConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierFlush(TierServer server) : TierFlushConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierDirty(TierServer server) : TierDirtyConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierDeadLetters(TierServer server) : TierDeadLetterConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierInvalidation(TierServer server) : TierInvalidationConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierTags(TierServer server) : TierTagConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierTagLoads(TierServer server) : TierTagLoadConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierTagFlushes(TierServer server) : TierTagFlushConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierExpiry(TierServer server) : TierExpiryConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierObservers(TierServer server) : TierObserverConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierPartitions(TierServer server) : TierPartitionConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierProcesses(TierServer server) : TierProcessConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierDurability(TierServer server) : TierDurabilityConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierCounters(TierServer server) : TierCounterConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierIdentities(TierServer server) : TierIdentityConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierMerges(TierServer server) : TierMergeConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierJson(TierServer server) : TierJsonConformance(new RedisTierHarness(server.Address));

public sealed class RedisTierVersions(TierServer server) : TierVersionConformance(new RedisTierHarness(server.Address));
