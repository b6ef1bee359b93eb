using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>One cache and the limits that bodies sent to it have.</summary>
internal sealed class CacheContext(ByteCache cache, int maxValueBytes)
{
    /// <summary>The most keys or entries in one request.</summary>
    public const int MaxBatch = 10_000;

    public ByteCache Cache { get; } = cache;

    /// <summary>The largest body that is a value.</summary>
    public int MaxValueBytes { get; } = maxValueBytes;

    /// <summary>The largest body that holds one key and one value as JSON.</summary>
    public long MaxJsonBytes { get; } = BodyLimits.Json(maxValueBytes);

    /// <summary>The largest body that holds many keys or entries.</summary>
    public long MaxBatchBytes { get; } = BodyLimits.Batch(maxValueBytes);

    /// <summary>A key of the path, decoded. Whether it is granted is asked of the key as it is, however it was escaped.</summary>
    /// <exception cref="RemansoAccessDeniedException">It is not.</exception>
    public string KeyOf(HttpContext context, RemansoScopes scope, ReadOnlySpan<char> sent)
    {
        var key = RouteKey.Decode(context, sent);
        RemansoAccess.Of(context).Demand(scope, Cache.Name, key);
        return key;
    }
}
