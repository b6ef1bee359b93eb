using Microsoft.AspNetCore.Http.Features;

namespace Remanso.AspNetCore.Http;

/// <summary>The path of a request as the client sent it. <see cref="HttpRequest.Path"/> won't do for keys: it has
/// resolved <c>.</c> and <c>..</c>, and it leaves <c>%2F</c> escaped but not <c>%252F</c>, so that two different keys
/// look the same.</summary>
internal static class RequestPath
{
    public static ReadOnlySpan<char> Of(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget.AsSpan();
        if (target is not ['/', ..])
        {
            target = WithoutAuthority(target);
        }

        var query = target.IndexOf('?');
        return query < 0 ? target : target[..query];
    }

    /// <summary>Whether a path has segments <c>.</c> or <c>..</c>, escaped or not, which the platform resolves.</summary>
    public static bool HasDotSegments(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            if (IsDots(path[range]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsDots(ReadOnlySpan<char> segment)
    {
        var dots = 0;
        while (!segment.IsEmpty && dots < 3)
        {
            var length =
                segment[0] == '.' ? 1
                : segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase) ? 3
                : 0;
            if (length == 0)
            {
                return false;
            }

            segment = segment[length..];
            dots++;
        }

        return dots is 1 or 2;
    }

    /// <summary>The path of an absolute form (RFC 9112, section 3.2.2), as proxies send it.</summary>
    private static ReadOnlySpan<char> WithoutAuthority(ReadOnlySpan<char> target)
    {
        var authority = target.IndexOf("://");
        if (authority < 0)
        {
            return target;
        }

        target = target[(authority + 3)..];
        var path = target.IndexOf('/');
        return path < 0 ? "/" : target[path..];
    }
}
