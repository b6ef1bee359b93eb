namespace Remanso.AspNetCore.Security;

/// <summary>A scope lacks for what a request turned out to ask for; it is answered with 403.</summary>
public sealed class RemansoAccessDeniedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="cache">The cache; <c>*</c> where it lacks for every one.</param>
    /// <param name="key">The key; null where it lacks for every key of the cache.</param>
    public RemansoAccessDeniedException(RemansoScopes scope, string cache, string? key)
        : this(scope, cache, key, What(cache, key)) { }

    private RemansoAccessDeniedException(RemansoScopes scope, string cache, string? key, string what)
        : base($"This needs the scope {RemansoScopeNames.Text(scope)} for {what}.")
    {
        Scope = scope;
        Cache = cache;
        Key = key;
    }

    /// <summary>The scope that lacks.</summary>
    public RemansoScopes Scope { get; }

    /// <summary>The cache.</summary>
    public string Cache { get; }

    /// <summary>The key; null where it is not that of one key alone.</summary>
    public string? Key { get; }

    /// <summary>It lacks for the cache, and for some of its keys would do.</summary>
    internal static RemansoAccessDeniedException OfCache(RemansoScopes scope, string cache) => new(scope, cache, key: null, Name(cache));

    private static string What(string cache, string? key) =>
        $"{(key is null ? "every" : "this")} key of {(cache == CachePattern.Every ? "every cache" : Name(cache))}";

    private static string Name(string cache) => $"the cache '{cache}'";
}
