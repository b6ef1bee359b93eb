namespace Remanso.AspNetCore.Http;

/// <summary>Undoes what the platform does to a path of an entry: it resolves <c>.</c> and <c>..</c>, which are ordinary
/// parts of a key.</summary>
internal static class SentPath
{
    private const string Get = "/get/";
    private const string Caches = "/v1/caches/";

    private static readonly string[] _keyed = ["entries/", "dead-letters/"];

    /// <summary>Sets the request's path to what was sent, decoded, where the dots are in a key of the API and nowhere before it.</summary>
    public static void Restore(HttpContext context, string prefix)
    {
        var request = context.Request;
        var sent = RequestPath.Of(context);

        // Decoding and resolving make a path shorter; of the same length it is the same. Where an endpoint was chosen
        // for the resolved path, or a part of that was taken off as its base, others may have decided by it already.
        if (sent.Length == request.Path.Value?.Length || request.PathBase.HasValue || context.GetEndpoint() is not null)
        {
            return;
        }

        if (RequestPath.HasDotSegments(sent) && KeyAt(sent, prefix) is > 0 and var at && !RequestPath.HasDotSegments(sent[..at]))
        {
            request.Path = PathString.FromUriComponent(sent.ToString());
        }
    }

    private static int KeyAt(ReadOnlySpan<char> path, string prefix)
    {
        if (!path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return -1;
        }

        var call = path[prefix.Length..];
        if (call.StartsWith(Get, StringComparison.OrdinalIgnoreCase))
        {
            return prefix.Length + Get.Length;
        }

        if (!call.StartsWith(Caches, StringComparison.OrdinalIgnoreCase))
        {
            return -1;
        }

        var name = call[Caches.Length..].IndexOf('/');
        var rest = name < 0 ? default : call[(Caches.Length + name + 1)..];
        foreach (var keyed in _keyed)
        {
            if (rest.StartsWith(keyed, StringComparison.OrdinalIgnoreCase))
            {
                return path.Length - rest.Length + keyed.Length;
            }
        }

        return -1;
    }
}
