using Remanso.Conformance.Tiers;

namespace Remanso.Tests.Hosting;

public sealed class LivingTierReads() : TierReadConformance(new LivingTierHarness());

public sealed class LivingTierWrites() : TierWriteConformance(new LivingTierHarness());

public sealed class LivingTierBackPressure() : TierBackPressureConformance(new LivingTierHarness());

public sealed class LivingTierFills() : TierFillConformance(new LivingTierHarness());

public sealed class LivingTierFlush() : TierFlushConformance(new LivingTierHarness());

public sealed class LivingTierDirty() : TierDirtyConformance(new LivingTierHarness());

public sealed class LivingTierDeadLetters() : TierDeadLetterConformance(new LivingTierHarness());

public sealed class LivingTierInvalidation() : TierInvalidationConformance(new LivingTierHarness());

public sealed class LivingTierTags() : TierTagConformance(new LivingTierHarness());

public sealed class LivingTierTagLoads() : TierTagLoadConformance(new LivingTierHarness());

public sealed class LivingTierTagFlushes() : TierTagFlushConformance(new LivingTierHarness());

public sealed class LivingTierExpiry() : TierExpiryConformance(new LivingTierHarness());

public sealed class LivingTierObservers() : TierObserverConformance(new LivingTierHarness());

public sealed class LivingTierPartitions() : TierPartitionConformance(new LivingTierHarness());

public sealed class LivingTierProcesses() : TierProcessConformance(new LivingTierHarness());

public sealed class LivingTierDurability() : TierDurabilityConformance(new LivingTierHarness());

public sealed class LivingTierCounters() : TierCounterConformance(new LivingTierHarness());

public sealed class LivingTierIdentities() : TierIdentityConformance(new LivingTierHarness());

public sealed class LivingTierMerges() : TierMergeConformance(new LivingTierHarness());

public sealed class LivingTierJson() : TierJsonConformance(new LivingTierHarness());

public sealed class LivingTierVersions() : TierVersionConformance(new LivingTierHarness());
