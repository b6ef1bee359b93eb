using System.Collections.Frozen;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Guards;
using Remanso.Server.Configuration;
using Remanso.Server.Http;

namespace Remanso.Server.Endpoints;

/// <summary>Says which scope a request needs, and for which cache, before anything of it but its first line is looked at.</summary>
/// <remarks>What is not known to be a read or a write operates, so that a call that is new needs the strongest scope until somebody thinks about it.</remarks>
internal sealed class RequestScopes
{
    private const string CachesPrefix = "/v1/caches/";

    private static readonly ScopeRequirement _none = new(RemansoScopes.None, cache: null);
    private static readonly ScopeRequirement _observe = new(RemansoScopes.Observe, cache: null);
    private static readonly ScopeRequirement _readDefault = new(RemansoScopes.Read, ServerSettings.DefaultCache);
    private static readonly ScopeRequirement _writeDefault = new(RemansoScopes.Write, ServerSettings.DefaultCache);

    // Made once for each cache that there is; the names of others are as many as a client likes.
    private readonly FrozenDictionary<string, ScopeRequirement[]>.AlternateLookup<ReadOnlySpan<char>> _byCache;

    public RequestScopes(ICacheRegistry registry) => _byCache = registry.Names
        .ToFrozenDictionary(static name => name, Of, StringComparer.Ordinal)
        .GetAlternateLookup<ReadOnlySpan<char>>();

    public ScopeRequirement Of(HttpContext context)
    {
        var path = RequestPath.Of(context);
        if (path.StartsWith("/get/"))
        {
            return _readDefault;
        }

        if (path is "/set")
        {
            return _writeDefault;
        }

        return path.StartsWith(CachesPrefix)
            ? OfCache(path[CachesPrefix.Length..], context.Request.Method)
            : path is "/v1/stats" or "/metrics" ? _observe : _none;
    }

    private ScopeRequirement OfCache(ReadOnlySpan<char> rest, string method)
    {
        var slash = rest.IndexOf('/');
        var name = slash < 0 ? rest : rest[..slash];
        var call = slash < 0 ? default : rest[(slash + 1)..];
        var which = ScopeOf(call, method) switch
        {
            RemansoScopes.Read => 0,
            RemansoScopes.Write => 1,
            _ => 2,
        };
        return _byCache.TryGetValue(name, out var known) ? known[which] : Of(name.ToString())[which];
    }

    private static RemansoScopes ScopeOf(ReadOnlySpan<char> call, string method) => call switch
    {
        "entries:batch-get" => RemansoScopes.Read,
        "entries:batch-set" => RemansoScopes.Write,
        _ when call.StartsWith("entries/") => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? RemansoScopes.Read : RemansoScopes.Write,
        _ => RemansoScopes.Operate,
    };

    private static ScopeRequirement[] Of(string cache) =>
        [new(RemansoScopes.Read, cache), new(RemansoScopes.Write, cache), new(RemansoScopes.Operate, cache)];
}
