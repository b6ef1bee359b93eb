using Microsoft.AspNetCore.Routing;

namespace Remanso.AspNetCore.Http;

/// <summary>The key at the end of a path, as it was sent. Routing says where it begins and no more: what it captures
/// has been decoded once already, but for <c>%2F</c>, and <c>.</c> and <c>..</c> are resolved in it.</summary>
internal static class RouteKey
{
    private const string Name = "key";

    /// <summary>Whether the path goes on to a key, an empty one too: a route that ends with one takes the path without
    /// it as well.</summary>
    public static bool IsThere(HttpContext context) => StartOf(context.Request.Path.Value, SegmentsBefore(context)) >= 0;

    /// <summary>The key, still escaped.</summary>
    /// <exception cref="ProblemException">The path has none, or nobody can tell where it begins.</exception>
    public static ReadOnlySpan<char> Sent(HttpContext context)
    {
        var sent = RequestPath.Of(context);
        var request = context.Request;
        var path = request.Path.Value.AsSpan();
        var segments = SegmentsBefore(context);
        var start = StartOf(path, segments);
        if (start < 0)
        {
            throw new ProblemException(Problems.NothingAt(sent));
        }

        var before = request.PathBase.Value.AsSpan();
        if (sent.StartsWith(before) && sent[before.Length..].StartsWith(path[..start]))
        {
            return sent[(before.Length + start)..];
        }

        var at = StartOf(sent, before.Count('/') + segments);
        if (at >= 0 && PercentEncoding.Decode(sent[..at]).AsSpan().SequenceEqual(string.Concat(before, path[..start])))
        {
            return sent[at..];
        }

        // Where "." and ".." reach back over what stands before the key, the platform has made another path of it.
        return RequestPath.HasDotSegments(sent)
            ? throw Problems.BadRequest("The path has segments '.' or '..' that lead out of its key; write such a key in a JSON call.")
            : Rewritten(context);
    }

    /// <summary>The key, decoded; what reads the values of the route later finds it there.</summary>
    public static string Decode(HttpContext context, ReadOnlySpan<char> sent)
    {
        var values = context.Request.RouteValues;
        if (values[Name] is string routed && sent.SequenceEqual(routed) && !sent.Contains('%'))
        {
            return routed;
        }

        var key = PercentEncoding.Decode(sent);
        values[Name] = key;
        return key;
    }

    // A middleware has changed the path, so what was sent says nothing.
    private static string Rewritten(HttpContext context) =>
        Uri.EscapeDataString(context.Request.RouteValues[Name] as string ?? string.Empty)
            .Replace("%252F", "%2F", StringComparison.OrdinalIgnoreCase);

    private static int SegmentsBefore(HttpContext context) => ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.PathSegments.Count - 1;

    private static int StartOf(ReadOnlySpan<char> path, int segments)
    {
        var at = 0;
        for (var i = 0; i <= segments; i++)
        {
            var slash = path[at..].IndexOf('/');
            if (slash < 0)
            {
                return -1;
            }

            at += slash + 1;
        }

        return at;
    }
}
