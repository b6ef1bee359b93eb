using Remanso.Conformance.Faces;

namespace Remanso.Tests.Faces;

// From a bare collection of services: no host starts anything, the first use does.

public sealed class BareMemoryDistributedCache() : DistributedCacheConformance(new MemoryFaceHarness(isHosted: false));

public sealed class BareMemoryDistributedExpiry() : DistributedExpiryConformance(new MemoryFaceHarness(isHosted: false));

public sealed class BareMemoryHybridCache() : HybridCacheConformance(new MemoryFaceHarness(isHosted: false));

public sealed class BareMemoryHybridInstances() : HybridInstanceConformance(new MemoryFaceHarness(isHosted: false));

public sealed class BareMemoryHybridSerializers() : HybridSerializerConformance(new MemoryFaceHarness(isHosted: false));

public sealed class BareMemoryHybridExpiry() : HybridExpiryConformance(new MemoryFaceHarness(isHosted: false));

public sealed class BareMemoryHybridTags() : HybridTagConformance(new MemoryFaceHarness(isHosted: false));

public sealed class BareMemoryHybridFlags() : HybridFlagConformance(new MemoryFaceHarness(isHosted: false));

public sealed class BareMemoryHybridFlights() : HybridFlightConformance(new MemoryFaceHarness(isHosted: false));

public sealed class BareMemoryHybridLimits() : HybridLimitConformance(new MemoryFaceHarness(isHosted: false));
