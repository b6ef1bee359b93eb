using System.Collections.Frozen;
using Remanso.Server.Configuration;

namespace Remanso.Server.Endpoints;

/// <summary>The caches that the API serves, with what the server itself must know of each.</summary>
internal sealed class CacheApi
{
    private readonly FrozenDictionary<string, CacheContext> _caches;
    private readonly FrozenDictionary<string, CacheContext>.AlternateLookup<ReadOnlySpan<char>> _byName;

    public CacheApi(ICacheRegistry registry, ServerSettings settings)
    {
        Dictionary<string, CacheContext> caches = new(StringComparer.Ordinal);
        foreach (var name in registry.Names)
        {
            if (registry.TryGet<string, ReadOnlyMemory<byte>>(name, out var cache))
            {
                caches[name] = new CacheContext(cache, settings.MaxValueBytes(name));
            }
        }

        _caches = caches.ToFrozenDictionary(StringComparer.Ordinal);
        _byName = _caches.GetAlternateLookup<ReadOnlySpan<char>>();
        Default = _caches[ServerSettings.DefaultCache];
    }

    /// <summary>The cache of the two original calls.</summary>
    public CacheContext Default { get; }

    public CacheContext? Find(ReadOnlySpan<char> name) => _byName.TryGetValue(name, out var cache) ? cache : null;
}
