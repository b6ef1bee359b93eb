using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Remanso.AspNetCore.Security.Authentication;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.AspNetCore.Dashboard;

/// <summary>The cookie of a sign-in by key: sealed, for the dashboard's own paths alone, and not for scripts. It has
/// the key's identifier, never the key: whoever breaks its seal has nothing that opens the API, and a key that is
/// removed ends its sign-ins.</summary>
internal sealed class DashboardCookie(IDataProtectionProvider seals, TimeSpan lasts, TimeProvider time)
{
    /// <summary>Its name at the port that an address need not name; elsewhere the port follows.</summary>
    public const string Name = "remanso-dashboard";

    private readonly IDataProtector _seal = seals.CreateProtector("Remanso.Dashboard", "v1");

    /// <summary>The identifier of the key that was signed in with; null where there is none, or its time is over.</summary>
    public string? Read(HttpContext context)
    {
        if (context.Request.Cookies[NameFor(context.Request)] is not { Length: > 0 and <= 1024 } text)
        {
            return null;
        }

        try
        {
            var parts = _seal.Unprotect(text).Split(' ');
            return
                parts is [var id, var until]
                && ApiKey.IsId(id)
                && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && seconds > time.GetUtcNow().ToUnixTimeSeconds()
                ? id
                : null;
        }
        catch (CryptographicException)
        {
            // Of an earlier run, of another server, or made up.
            return null;
        }
    }

    /// <summary>Signs in with the key that the request shows, which the guard has found to be right.</summary>
    /// <returns>Whether it is a key: a token is no sign-in, it has an end of its own.</returns>
    public bool TryGive(HttpContext context)
    {
        var credential = Credential.Of(context.Request);
        if (credential.Kind != CredentialKind.Key)
        {
            return false;
        }

        var until = (time.GetUtcNow() + lasts).ToUnixTimeSeconds();
        context.Response.Cookies.Append(
            NameFor(context.Request),
            _seal.Protect(string.Create(CultureInfo.InvariantCulture, $"{ApiKey.IdOf(credential.Text)} {until}")),
            Options(context, lasts)
        );
        return true;
    }

    /// <summary>Signs out.</summary>
    public void Take(HttpContext context) => context.Response.Cookies.Delete(NameFor(context.Request), Options(context, lasts: null));

    // Browsers keep cookies by host and path, whatever the port: two servers of one host would sign each other out.
    private static string NameFor(HttpRequest request) =>
        request.Host.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{Name}-{port}") : Name;

    // Where a proxy ends TLS, only the page's own address tells that people come by https.
    private static bool IsHttps(HttpRequest request) =>
        request.IsHttps || (request.Headers.Origin is [{ } origin] && origin.StartsWith("https://", StringComparison.OrdinalIgnoreCase));

    // Both calls lie beside those that want it.
    private static string PathOf(HttpRequest request)
    {
        var path = request.PathBase.Add(request.Path).Value!;
        return path[..path.LastIndexOf('/')];
    }

    private CookieOptions Options(HttpContext context, TimeSpan? lasts) =>
        new()
        {
            HttpOnly = true,
            IsEssential = true,
            MaxAge = lasts,
            Path = PathOf(context.Request),
            SameSite = SameSiteMode.Strict,
            Secure = IsHttps(context.Request),
        };
}
