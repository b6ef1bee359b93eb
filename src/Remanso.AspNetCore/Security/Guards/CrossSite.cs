namespace Remanso.AspNetCore.Security.Guards;

// https://www.w3.org/TR/fetch-metadata/ and RFC 6454, section 7.

/// <summary>
/// Finds requests that a page of another site made a browser send. Browsers say so themselves, in headers that pages can't set;
/// who sends neither
/// header is no browser.
/// </summary>
internal static class CrossSite
{
    /// <summary>Whether the request may change something, and comes from another site.</summary>
    public static bool IsWrite(HttpRequest request)
    {
        var method = request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method))
        {
            return false;
        }

        var headers = request.Headers;
        var site = headers["Sec-Fetch-Site"];
        if (site.Count > 0)
        {
            // It compares the page with the address that the browser used; behind a proxy, nobody here knows that.
            return site.Count > 1 || site[0] is not ("same-origin" or "none");
        }

        var origin = headers.Origin;
        return origin.Count > 0 && (origin.Count > 1 || !IsOwn(origin[0], request));
    }

    // The scheme may differ, where a proxy ends TLS; "null" is no address, and nobody's own.
    private static bool IsOwn(string? origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && page.Scheme is "http" or "https"
        && page is { AbsolutePath: "/", UserInfo: "" }
        && page.Host.Equals(request.Host.Host, StringComparison.OrdinalIgnoreCase)
        && page.Port == (request.Host.Port ?? (page.Scheme == "https" ? 443 : 80));
}
