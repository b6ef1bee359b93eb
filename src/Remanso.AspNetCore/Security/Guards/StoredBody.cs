namespace Remanso.AspNetCore.Security.Guards;

/// <summary>
/// What goes with a body that a client stored. A browser that opens it must neither take it for another type, nor run it as a page
/// of the API, nor
/// give it to a page of another site.
/// </summary>
public static class StoredBody
{
    private static readonly string[] _active =
    [
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
        "text/xml",
        "application/xml",
        "text/xsl",
        "application/pdf",
        "application/javascript",
        "text/javascript",
        "application/ecmascript",
        "text/ecmascript",
        "application/x-javascript",
        "application/x-shockwave-flash",
        "multipart/x-mixed-replace",
        "text/cache-manifest",
        "application/xslt+xml",
    ];

    /// <summary>Sets the headers.</summary>
    /// <param name="headers">Those of the answer.</param>
    /// <param name="contentType">The type that the value was stored with; null where there was none.</param>
    public static void Protect(IHeaderDictionary headers, string? contentType)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (contentType is not null && IsActive(contentType))
        {
            headers.ContentDisposition = "attachment";
        }
    }

    /// <summary>Whether a browser would run something in a body of this type.</summary>
    internal static bool IsActive(string contentType)
    {
        var type = contentType.AsSpan();
        if (type is "application/json" or "application/octet-stream" or "text/plain; charset=utf-8")
        {
            return false;
        }

        var end = type.IndexOf(';');
        type = (end < 0 ? type : type[..end]).Trim();

        // Of a list, browsers take the last one that they understand: none is harmless.
        if (type.Contains(',') || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        foreach (var active in _active)
        {
            if (type.Equals(active, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
