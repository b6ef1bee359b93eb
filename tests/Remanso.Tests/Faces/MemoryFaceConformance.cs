using Remanso.Conformance.Faces;

namespace Remanso.Tests.Faces;

public sealed class MemoryDistributedCache() : DistributedCacheConformance(new MemoryFaceHarness());

public sealed class MemoryDistributedExpiry() : DistributedExpiryConformance(new MemoryFaceHarness());

public sealed class MemoryHybridCache() : HybridCacheConformance(new MemoryFaceHarness());

public sealed class MemoryHybridInstances() : HybridInstanceConformance(new MemoryFaceHarness());

public sealed class MemoryHybridSerializers() : HybridSerializerConformance(new MemoryFaceHarness());

public sealed class MemoryHybridExpiry() : HybridExpiryConformance(new MemoryFaceHarness());

public sealed class MemoryHybridTags() : HybridTagConformance(new MemoryFaceHarness());

public sealed class MemoryHybridFlags() : HybridFlagConformance(new MemoryFaceHarness());

public sealed class MemoryHybridFlights() : HybridFlightConformance(new MemoryFaceHarness());

public sealed class MemoryHybridLimits() : HybridLimitConformance(new MemoryFaceHarness());
