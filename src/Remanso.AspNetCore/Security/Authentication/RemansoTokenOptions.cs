namespace Remanso.AspNetCore.Security.Authentication;

/// <summary>Tokens (JWT, RFC 9068) that an issuer of yours signs.</summary>
/// <remarks>
/// A scope in a token is <c>remanso:read</c>, for all caches; <c>remanso:read:shop-*</c>, for some; or
/// <c>remanso:read:orders:user%3A</c>, there for the keys
/// with that percent-encoded prefix.
/// </remarks>
public sealed class RemansoTokenOptions
{
    /// <summary>The issuer's address, under which <c>/.well-known/openid-configuration</c> names its signing keys.</summary>
    public required string Authority { get; set; }

    /// <summary>What tokens must be made out to (<c>aud</c>).</summary>
    public required string Audience { get; set; }

    /// <summary>The claim that carries the scopes, as one text with spaces or as several; <c>scope</c> unless set.</summary>
    public string ScopeClaim { get; set; } = RemansoAuthentication.ScopeClaim;

    /// <summary>Whether the issuer's address must be https; true unless set.</summary>
    public bool RequireHttps { get; set; } = true;

    /// <exception cref="CacheConfigurationException">An option is missing or wrong.</exception>
    internal void Validate()
    {
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
        {
            throw new CacheConfigurationException($"{nameof(Authority)} of tokens must be an address such as https://login.example.com.");
        }

        if (RequireHttps && uri.Scheme != "https")
        {
            throw new CacheConfigurationException(
                $"{nameof(Authority)} of tokens must begin with https://, unless {nameof(RequireHttps)} is false."
            );
        }

        if (string.IsNullOrWhiteSpace(Audience))
        {
            throw new CacheConfigurationException($"{nameof(Audience)} of tokens must be set: else tokens made out to others would do.");
        }

        if (string.IsNullOrWhiteSpace(ScopeClaim))
        {
            throw new CacheConfigurationException($"{nameof(ScopeClaim)} of tokens must be the name of a claim.");
        }
    }
}
