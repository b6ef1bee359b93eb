using System.Collections.Frozen;
using System.Security.Cryptography;
using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Dashboard;

/// <summary>The files of the page, which are part of the assembly: they come from nowhere else.</summary>
internal static class DashboardAssets
{
    private const string Folder = "Dashboard.Assets/";
    private const string Page = "index.html";

    // Nothing inline, nothing from other hosts, and in no frame. Images as data are the style sheet's own signs.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'";

    private static readonly FrozenDictionary<string, Asset> _assets = Load();

    /// <summary>Whether a request wants a page, as browsers do, and not a text for a terminal.</summary>
    public static bool WantsPage(HttpRequest request)
    {
        foreach (var accept in request.Headers.Accept)
        {
            if (accept?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Sends the page.</summary>
    public static Task SendPageAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Referrer-Policy"] = "no-referrer";
        return SendAsync(context, _assets[Page]);
    }

    /// <summary>Sends the file that the path names.</summary>
    public static Task SendAsync(HttpContext context) =>
        context.Request.RouteValues["file"] is string name && name != Page && _assets.TryGetValue(name, out var asset)
            ? SendAsync(context, asset)
            : Problems.NothingAt(RequestPath.Of(context)).SendAsync(context);

    private static async Task SendAsync(HttpContext context, Asset asset)
    {
        var response = context.Response;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers.ETag = asset.Tag;

        // Asked for again each time, and then only whether it changed: another version of the server never meets old scripts.
        response.Headers.CacheControl = "no-cache";
        if (context.Request.Headers.IfNoneMatch.Contains(asset.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = asset.Type;
        response.ContentLength = asset.Bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(asset.Bytes, context.RequestAborted);
        }
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = typeof(DashboardAssets).Assembly;
        Dictionary<string, Asset> assets = new(StringComparer.Ordinal);
        foreach (
            var resource in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Folder, StringComparison.Ordinal))
        )
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            var bytes = copy.ToArray();
            assets[resource[Folder.Length..]] = new Asset(
                bytes,
                TypeOf(resource),
                $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\""
            );
        }

        return assets.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string TypeOf(string name) =>
        Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        };

    private sealed record Asset(byte[] Bytes, string Type, string Tag);
}
