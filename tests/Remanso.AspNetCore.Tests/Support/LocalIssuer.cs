using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Remanso.AspNetCore.Tests.Support;

/// <summary>An issuer of tokens in this process, with its discovery document and its signing key, over real HTTP.</summary>
internal sealed class LocalIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RSA _rsa = RSA.Create(2048);

    private LocalIssuer()
    {
        Key = new RsaSecurityKey(_rsa) { KeyId = "one" };
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "Remanso.AspNetCore.Tests" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () =>
            Results.Text(
                $$"""{"issuer":"{{Address}}","jwks_uri":"{{Address}}/keys","authorization_endpoint":"{{Address}}/a"}""",
                "application/json"
            )
        );
        _app.MapGet("/keys", () =>
        {
            var parameters = _rsa.ExportParameters(includePrivateParameters: false);
            return Results.Text(
                $$"""{"keys":[{"kty":"RSA","use":"sig","kid":"one","n":"{{Base64UrlEncoder.Encode(parameters.Modulus)}}","e":"{{Base64UrlEncoder.Encode(parameters.Exponent)}}"}]}""",
                "application/json"
            );
        });
    }

    public string Address => _app.Urls.First();

    public RsaSecurityKey Key { get; }

    public static async Task<LocalIssuer> StartAsync()
    {
        var issuer = new LocalIssuer();
        await issuer._app.StartAsync();
        return issuer;
    }

    /// <summary>Signs a token for ten minutes around a shift of the clock.</summary>
    public string Sign(
        object? scope,
        string audience = "remanso",
        string? issuer = null,
        SecurityKey? key = null,
        string algorithm = "RS256",
        TimeSpan shift = default,
        string claim = "scope"
    )
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime + shift;
        Dictionary<string, object> claims = new(StringComparer.Ordinal) { ["sub"] = "service-a" };
        if (scope is not null)
        {
            claims[claim] = scope;
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = issuer ?? Address,
                Audience = audience,
                NotBefore = now - TimeSpan.FromMinutes(5),
                Expires = now + TimeSpan.FromMinutes(5),
                IssuedAt = now,
                Claims = claims,
                SigningCredentials = new SigningCredentials(key ?? Key, algorithm),
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
    }
}
