using Remanso.Hosting;
using Remanso.Stores;

namespace Remanso.Faces;

/// <summary>A declared cache that applications reach by another contract than <see cref="ICache{TKey, TValue}"/>: it
/// has no store, for that contract has none.</summary>
internal sealed class FaceRegistration(string name, CacheOptions options, Func<CacheRuntime, IServiceProvider, object> create)
    : CacheRegistration(name, options)
{
    public override bool UsesDefaultStore => false;

    public override Func<string, ReadOnlyMemory<byte>, IReadOnlyList<string>?>? TagsOf => null;

    public override IBackingStore<string, ReadOnlyMemory<byte>>? CreateStore(IServiceProvider services) => null;

    public override object CreateCache(CacheRuntime runtime, IServiceProvider services) => create(runtime, services);
}
