using Microsoft.AspNetCore.Http.Features;

namespace Remanso.Server.Http;

/// <summary>
/// The path of a request as the client sent it. <see cref="HttpRequest.Path"/> won't do for keys: it has resolved <c>.</c> and <c>..</c>, and it
/// leaves <c>%2F</c> escaped but not <c>%252F</c>, so that two different keys look the same.
/// </summary>
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
