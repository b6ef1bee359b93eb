namespace Remanso.AspNetCore.Security.Guards;

/// <summary>The scope that an endpoint needs, as its metadata: what describes the API reads it there.</summary>
/// <param name="scope">The scope; <see cref="RemansoScopes.None"/> where nobody is refused.</param>
/// <param name="cache">The cache that it works on, where its route does not say so; null where it concerns all of them.</param>
public sealed class ScopeRequirement(RemansoScopes scope, string? cache)
{
    /// <summary>The scope.</summary>
    public RemansoScopes Scope { get; } = scope;

    /// <summary>The cache that it works on.</summary>
    public string? Cache { get; } = cache;
}
