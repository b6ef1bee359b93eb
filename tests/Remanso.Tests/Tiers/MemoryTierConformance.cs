using Remanso.Conformance.Tiers;

namespace Remanso.Tests.Tiers;

public sealed class MemoryTierReads() : TierReadConformance(new MemoryTierHarness());

public sealed class MemoryTierWrites() : TierWriteConformance(new MemoryTierHarness());

public sealed class MemoryTierBackPressure() : TierBackPressureConformance(new MemoryTierHarness());

public sealed class MemoryTierFills() : TierFillConformance(new MemoryTierHarness());

public sealed class MemoryTierFlush() : TierFlushConformance(new MemoryTierHarness());

public sealed class MemoryTierDirty() : TierDirtyConformance(new MemoryTierHarness());

public sealed class MemoryTierDeadLetters() : TierDeadLetterConformance(new MemoryTierHarness());

public sealed class MemoryTierInvalidation() : TierInvalidationConformance(new MemoryTierHarness());

public sealed class MemoryTierTags() : TierTagConformance(new MemoryTierHarness());

public sealed class MemoryTierTagLoads() : TierTagLoadConformance(new MemoryTierHarness());

public sealed class MemoryTierTagFlushes() : TierTagFlushConformance(new MemoryTierHarness());

public sealed class MemoryTierExpiry() : TierExpiryConformance(new MemoryTierHarness());

public sealed class MemoryTierObservers() : TierObserverConformance(new MemoryTierHarness());

public sealed class MemoryTierPartitions() : TierPartitionConformance(new MemoryTierHarness());

public sealed class MemoryTierProcesses() : TierProcessConformance(new MemoryTierHarness());

public sealed class MemoryTierDurability() : TierDurabilityConformance(new MemoryTierHarness());

public sealed class MemoryTierCounters() : TierCounterConformance(new MemoryTierHarness());

public sealed class MemoryTierIdentities() : TierIdentityConformance(new MemoryTierHarness());

public sealed class MemoryTierMerges() : TierMergeConformance(new MemoryTierHarness());

public sealed class MemoryTierJson() : TierJsonConformance(new MemoryTierHarness());

public sealed class MemoryTierVersions() : TierVersionConformance(new MemoryTierHarness());
