using System.Security.Claims;

namespace Remanso.AspNetCore.Security.Authentication;

/// <summary>Reads grants from the claims of a token, or of a user whom the application itself has let in.</summary>
internal static class TokenScopes
{
    private const string Prefix = "remanso:";

    /// <summary>What the claims grant; scopes of others and malformed ones grant nothing.</summary>
    public static RemansoAccess Read(ClaimsPrincipal user, string claimType)
    {
        List<RemansoGrant> grants = [];
        foreach (var claim in user.Claims)
        {
            if (claim.Type != claimType)
            {
                continue;
            }

            foreach (var token in claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (Parse(token) is { } grant)
                {
                    grants.Add(grant);
                }
            }
        }

        return new RemansoAccess(NameOf(user), grants);
    }

    private static RemansoGrant? Parse(string token)
    {
        if (!token.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = token[Prefix.Length..].Split(':', 3);
        var cache = parts.Length > 1 ? parts[1] : CachePattern.Every;
        var prefix = parts.Length > 2 ? Uri.UnescapeDataString(parts[2]) : null;

        // "remanso:read:orders:" names a prefix and then none: whoever wrote that meant less than all keys.
        return RemansoScopeNames.TryParse(parts[0], out var scope) && CachePattern.IsValid(cache) && prefix is not ""
            ? new RemansoGrant(scope, [cache], prefix)
            : null;
    }

    private static string NameOf(ClaimsPrincipal user) =>
        user.FindFirst("sub")?.Value
        ?? user.FindFirst(ClaimTypes.NameIdentifier)?.Value
        ?? user.FindFirst("client_id")?.Value
        ?? user.Identity?.Name
        ?? "-";
}
