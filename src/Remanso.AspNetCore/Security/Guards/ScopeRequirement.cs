namespace Remanso.AspNetCore.Security.Guards;

/// <summary>The scope that an endpoint needs, as its metadata: what describes the API reads it there.</summary>
/// <param name="scope">The scope; <see cref="RemansoScopes.None"/> where nobody is refused.</param>
/// <param name="cache">The cache that it works on, where its route does not say so; null where it concerns all of them.</param>
public sealed class ScopeRequirement(RemansoScopes scope, string? cache)
{
    /// <summary>The scope.</summary>
    public RemansoScopes Scope { get; } = scope;

    /// <summary>Whether one of several scopes is enough.</summary>
    public bool AnyOf { get; init; }

    /// <summary>The cache that it works on.</summary>
    public string? Cache { get; } = cache;

    /// <summary>Whether a caller may do what needs this.</summary>
    internal bool IsMetBy(RemansoAccess access, string? inCache)
    {
        if (!AnyOf)
        {
            return IsGranted(access, Scope, inCache);
        }

        foreach (var one in Enum.GetValues<RemansoScopes>())
        {
            if (int.IsPow2((int)one) && (Scope & one) != 0 && IsGranted(access, one, inCache))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsGranted(RemansoAccess access, RemansoScopes scope, string? inCache) =>
        inCache is null ? access.Allows(scope) : access.Allows(scope, inCache);
}
