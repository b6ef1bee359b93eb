using System.Collections.Frozen;
using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>The caches that the API serves, with what it must know of each: those of text keys and bytes. Others have
/// no form at HTTP.</summary>
internal sealed class CacheApi
{
    /// <summary>The cache of the two original calls.</summary>
    public const string DefaultCache = "default";

    private readonly FrozenDictionary<string, CacheContext> _caches;
    private readonly FrozenSet<string> _others;

    public CacheApi(ICacheRegistry registry)
    {
        Dictionary<string, CacheContext> caches = new(StringComparer.Ordinal);
        foreach (var name in registry.Names)
        {
            if (Find(registry, name) is { } cache)
            {
                caches[name] = new CacheContext(cache, registry.GetMaxValueBytes(name));
            }
        }

        _caches = caches.ToFrozenDictionary(StringComparer.Ordinal);
        _others = registry.Names.Except(caches.Keys, StringComparer.Ordinal).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Whether a cache has a form at HTTP.</summary>
    public bool Has(string name) => _caches.ContainsKey(name);

    /// <summary>A cache by its name.</summary>
    /// <exception cref="ProblemException">There is none.</exception>
    public CacheContext Get(string? name) =>
        name is not null && _caches.TryGetValue(name, out var cache)
            ? cache
            : throw new ProblemException(
                name is not null && _others.Contains(name) ? Problems.CacheOfOtherTypes(name) : Problems.UnknownCache(name ?? string.Empty)
            );

    private static ByteCache? Find(ICacheRegistry registry, string name)
    {
        try
        {
            return registry.TryGet<string, ReadOnlyMemory<byte>>(name, out var cache) ? cache : null;
        }
        catch (InvalidOperationException)
        {
            // Of other types: the application's own.
            return null;
        }
    }
}
