namespace Remanso.AspNetCore.Security;

/// <summary>A scope lacks for what a request turned out to ask for; it is answered with 403.</summary>
/// <param name="scope">The scope.</param>
/// <param name="cache">The cache.</param>
/// <param name="key">The key, where it is one key's.</param>
public sealed class RemansoAccessDeniedException(RemansoScopes scope, string cache, string? key)
    : Exception($"This needs the scope {RemansoScopeNames.Text(scope)} for {(key is null ? "every" : "this")} key of the cache '{cache}'.")
{
    /// <summary>The scope that lacks.</summary>
    public RemansoScopes Scope { get; } = scope;

    /// <summary>The cache.</summary>
    public string Cache { get; } = cache;

    /// <summary>The key; null where all keys of the cache are meant.</summary>
    public string? Key { get; } = key;
}
