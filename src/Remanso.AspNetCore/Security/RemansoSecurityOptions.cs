using Remanso.AspNetCore.Security.Authentication;
using Remanso.AspNetCore.Security.Guards;

namespace Remanso.AspNetCore.Security;

/// <summary>Who is answered. Without keys and tokens it is the same machine alone.</summary>
public sealed class RemansoSecurityOptions
{
    /// <summary>The most requests under way, unless set.</summary>
    public const int DefaultMaxRequests = 10_000;

    /// <summary>The file of keys; null for none. It must be there, and is read again when it changes.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Tokens (JWT) of an issuer of yours; null for none.</summary>
    public RemansoTokenOptions? Tokens { get; set; }

    /// <summary>Whether everybody who reaches the port may do everything. Not together with keys or tokens; false unless set.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>
    /// The host names that are served beside <c>localhost</c>, loopback addresses and the address that a request arrived at:
    /// <c>cache.example.com</c>, <c>*.example.com</c>, or <c>*</c> for any; without a scheme and a port.
    /// </summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>How many requests a second each key or token's subject has; above it 429. 1 to 1,000,000; null for no limit.</summary>
    public int? RequestsPerSecond { get; set; }

    /// <summary>How many requests may be under way at once; above it 503. 1 to 1,000,000; 10,000 unless set.</summary>
    public int MaxRequests { get; set; } = DefaultMaxRequests;

    /// <summary>Whether callers say who they are.</summary>
    internal bool HasCredentials => KeyFile is not null || Tokens is not null;

    /// <exception cref="CacheConfigurationException">An option is out of its range, or two exclude each other.</exception>
    internal void Validate()
    {
        if (AllowAnonymous && HasCredentials)
        {
            throw new CacheConfigurationException(
                $"{nameof(AllowAnonymous)} excludes {nameof(KeyFile)} and {nameof(Tokens)}: it would make them pointless."
            );
        }

        if (RequestsPerSecond is < 1 or > 1_000_000)
        {
            throw new CacheConfigurationException($"{nameof(RequestsPerSecond)} must be 1 to 1,000,000, but is {RequestsPerSecond}.");
        }

        if (MaxRequests is < 1 or > 1_000_000)
        {
            throw new CacheConfigurationException($"{nameof(MaxRequests)} must be 1 to 1,000,000, but is {MaxRequests}.");
        }

        if (Hosts.FirstOrDefault(static host => !HostNames.IsName(host)) is { } wrong)
        {
            throw new CacheConfigurationException(
                $"{nameof(Hosts)} must be names such as cache.example.com, *.example.com or *, without a scheme and a port, "
                    + $"but has '{wrong}'."
            );
        }

        Tokens?.Validate();
    }
}
