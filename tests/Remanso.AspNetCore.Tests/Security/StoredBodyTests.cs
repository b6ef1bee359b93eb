using Microsoft.AspNetCore.Http;
using Remanso.AspNetCore.Security.Guards;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class StoredBodyTests
{
    [Theory]
    [InlineData("text/html")]
    [InlineData("Text/HTML; charset=utf-8")]
    [InlineData(" text/html")]
    [InlineData("text/html;x")]
    [InlineData("text/plain, text/html")]
    [InlineData("application/xhtml+xml")]
    [InlineData("image/svg+xml")]
    [InlineData("application/rss+xml")]
    [InlineData("text/xml")]
    [InlineData("application/pdf")]
    [InlineData("application/javascript")]
    [InlineData("text/javascript; charset=utf-8")]
    public void A_type_that_a_browser_would_run_is_an_attachment(string type)
    {
        IHeaderDictionary headers = new HeaderDictionary();

        StoredBody.Protect(headers, type);

        Assert.Equal("attachment", headers.ContentDisposition);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("text/plain; charset=utf-8")]
    [InlineData("text/plain")]
    [InlineData("text/csv")]
    [InlineData("image/png")]
    [InlineData("application/octet-stream")]
    [InlineData("application/vnd.api+json")]
    public void Another_type_is_shown_but_in_a_sandbox(string? type)
    {
        IHeaderDictionary headers = new HeaderDictionary();

        StoredBody.Protect(headers, type);

        Assert.Equal(0, headers.ContentDisposition.Count);
        Assert.Equal("nosniff", headers.XContentTypeOptions);
        Assert.Equal("sandbox; default-src 'none'", headers.ContentSecurityPolicy);
        Assert.Equal("same-origin", headers["Cross-Origin-Resource-Policy"]);
    }
}
