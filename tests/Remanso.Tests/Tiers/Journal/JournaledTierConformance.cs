using Remanso.Conformance.Tiers;

namespace Remanso.Tests.Tiers.Journal;

public sealed class JournaledTierWrites() : TierWriteConformance(new JournaledTierHarness());

public sealed class JournaledTierFlush() : TierFlushConformance(new JournaledTierHarness());

public sealed class JournaledTierDeadLetters() : TierDeadLetterConformance(new JournaledTierHarness());

public sealed class JournaledTierDurability() : TierDurabilityConformance(new JournaledTierHarness());

public sealed class JournaledTierVersions() : TierVersionConformance(new JournaledTierHarness());
