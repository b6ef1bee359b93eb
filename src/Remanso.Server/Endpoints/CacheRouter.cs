using Remanso.AspNetCore.Security;
using Remanso.Server.Http;

namespace Remanso.Server.Endpoints;

/// <summary>The part of the surface that reads and writes caches.</summary>
internal sealed class CacheRouter(CacheApi caches, EntryReadEndpoint entries)
{
    private const string GetPrefix = "/get/";
    private const string SetPath = "/set";
    private const string CachesPrefix = "/v1/caches/";
    private const string EntriesPrefix = "entries/";
    private const string DeadLettersPrefix = "dead-letters/";
    private const string IncrementSuffix = "/increment";
    private const string MergeSuffix = "/merge";
    private const string WaitSuffix = "/wait";

    /// <summary>Whether a path belongs to this part.</summary>
    public static bool Owns(ReadOnlySpan<char> path) =>
        path.StartsWith(GetPrefix) || path is SetPath || path.StartsWith(CachesPrefix);

    /// <summary>Answers a request of this part.</summary>
    public Task DispatchAsync(HttpContext context, ReadOnlySpan<char> path)
    {
        var method = context.Request.Method;
        if (path.StartsWith(GetPrefix))
        {
            return HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
                ? GetEndpoint.InvokeAsync(context, caches.Default, KeyOf(context, RemansoScopes.Read, caches.Default, path[GetPrefix.Length..]))
                : RefuseAsync(context, "GET, HEAD");
        }

        if (path is SetPath)
        {
            return HttpMethods.IsPost(method) ? SetEndpoint.InvokeAsync(context, caches.Default) : RefuseAsync(context, "POST");
        }

        return DispatchNamedAsync(context, path, path[CachesPrefix.Length..]);
    }

    private Task DispatchNamedAsync(HttpContext context, ReadOnlySpan<char> path, ReadOnlySpan<char> rest)
    {
        var slash = rest.IndexOf('/');
        if (slash < 0)
        {
            return Problems.NothingAt(path).SendAsync(context);
        }

        var name = rest[..slash];
        rest = rest[(slash + 1)..];
        if (caches.Find(name) is not { } cache)
        {
            return Problems.UnknownCache(name.ToString()).SendAsync(context);
        }

        if (rest.StartsWith(EntriesPrefix))
        {
            return DispatchEntryAsync(context, cache, rest[EntriesPrefix.Length..]);
        }

        var method = context.Request.Method;
        if (rest is "dead-letters")
        {
            return method switch
            {
                "GET" or "HEAD" => DeadLettersEndpoint.ListAsync(context, cache),
                "POST" => DeadLettersEndpoint.ReplayAsync(context, cache),
                "DELETE" => DeadLettersEndpoint.DropAsync(context, cache),
                _ => RefuseAsync(context, "GET, HEAD, POST, DELETE"),
            };
        }

        if (rest.StartsWith(DeadLettersPrefix))
        {
            return HttpMethods.IsPut(method)
                ? DeadLettersEndpoint.EditAsync(context, cache, KeyOf(context, RemansoScopes.Operate, cache, rest[DeadLettersPrefix.Length..]))
                : RefuseAsync(context, "PUT");
        }

        return rest switch
        {
            "entries:batch-get" or "entries:batch-set" or "flush" or "invalidate" or "expire" or "preload" when !HttpMethods.IsPost(method) =>
                RefuseAsync(context, "POST"),
            "entries:batch-get" => BatchGetEndpoint.InvokeAsync(context, cache),
            "entries:batch-set" => BatchSetEndpoint.InvokeAsync(context, cache),
            "flush" => MaintenanceEndpoints.FlushAsync(context, cache),
            "invalidate" => MaintenanceEndpoints.InvalidateAsync(context, cache),
            "expire" => MaintenanceEndpoints.ExpireAsync(context, cache),
            "preload" => MaintenanceEndpoints.PreloadAsync(context, cache),
            _ => Problems.NothingAt(path).SendAsync(context),
        };
    }

    private Task DispatchEntryAsync(HttpContext context, CacheContext cache, ReadOnlySpan<char> escapedKey)
    {
        switch (context.Request.Method)
        {
            case "GET" or "HEAD":
                return entries.InvokeAsync(context, cache, KeyOf(context, RemansoScopes.Read, cache, escapedKey));
            case "PUT":
                return EntryWriteEndpoint.PutAsync(context, cache, KeyOf(context, RemansoScopes.Write, cache, escapedKey));
            case "DELETE":
                return EntryWriteEndpoint.DeleteAsync(context, cache, KeyOf(context, RemansoScopes.Write, cache, escapedKey));
            case "PATCH":
                return MergeEndpoint.PatchAsync(context, cache, KeyOf(context, RemansoScopes.Write, cache, escapedKey));
            case "POST" when escapedKey.EndsWith(MergeSuffix):
                return MergeEndpoint.InvokeAsync(context, cache, KeyOf(context, RemansoScopes.Write, cache, escapedKey[..^MergeSuffix.Length]));
            case "POST" when escapedKey.EndsWith(IncrementSuffix):
                return IncrementEndpoint.InvokeAsync(context, cache, KeyOf(context, RemansoScopes.Write, cache, escapedKey[..^IncrementSuffix.Length]));
            case "POST" when escapedKey.EndsWith(WaitSuffix):
                return WaitEndpoint.InvokeAsync(context, cache, KeyOf(context, RemansoScopes.Write, cache, escapedKey[..^WaitSuffix.Length]));
            default:
                return RefuseAsync(context, TakesPost(escapedKey) ? "GET, HEAD, PUT, PATCH, DELETE, POST" : "GET, HEAD, PUT, PATCH, DELETE");
        }
    }

    // Whether it is granted is asked of the key as it is, however it was escaped.
    private static string KeyOf(HttpContext context, RemansoScopes scope, CacheContext cache, ReadOnlySpan<char> escaped)
    {
        var key = PercentEncoding.Decode(escaped);
        RemansoAccess.Of(context).Demand(scope, cache.Cache.Name, key);
        return key;
    }

    private static bool TakesPost(ReadOnlySpan<char> escapedKey) =>
        escapedKey.EndsWith(IncrementSuffix) || escapedKey.EndsWith(MergeSuffix) || escapedKey.EndsWith(WaitSuffix);

    private static Task RefuseAsync(HttpContext context, string allow) =>
        Problems.MethodNotAllowed(context.Request.Method, allow).SendAsync(context);
}
