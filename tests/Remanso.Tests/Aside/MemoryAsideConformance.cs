using Remanso.Conformance.Caches;
using Remanso.Tests.Faces;

namespace Remanso.Tests.Aside;

public sealed class MemoryAsideWrites() : AsideWriteConformance(new MemoryFaceHarness());

public sealed class MemoryAsideReads() : AsideReadConformance(new MemoryFaceHarness());

public sealed class MemoryAsideExpiry() : AsideExpiryConformance(new MemoryFaceHarness());

public sealed class MemoryCacheEvents() : CacheEventConformance(new MemoryFaceHarness());

public sealed class MemoryWatches() : WatchConformance(new MemoryFaceHarness());

public sealed class MemoryAsideLoaders() : AsideLoaderConformance(new MemoryFaceHarness());
