namespace Remanso.AspNetCore.Security;

/// <summary>Some scopes on some caches, and there on all keys or on those that begin with a prefix.</summary>
/// <example><c>new RemansoGrant(RemansoScopes.Read, ["shop-*"], "user:")</c>: may read keys such as <c>user:42</c> in
/// <c>shop-eu</c>.</example>
public sealed class RemansoGrant
{
    private readonly string[] _caches;

    /// <summary>A grant.</summary>
    /// <param name="scopes">What may be done; at least one.</param>
    /// <param name="caches">The names of the caches; <c>*</c> in one stands for any characters. At least one.</param>
    /// <param name="keyPrefix">How the keys begin, compared ordinally with the decoded key; null for all keys.</param>
    /// <exception cref="CacheConfigurationException">There is no scope or no cache, a name has characters that no
    /// cache's name has, or the prefix is empty.</exception>
    public RemansoGrant(RemansoScopes scopes, IEnumerable<string> caches, string? keyPrefix = null)
    {
        ArgumentNullException.ThrowIfNull(caches);
        if ((scopes & RemansoScopes.All) == 0 || (scopes & ~RemansoScopes.All) != 0)
        {
            throw new CacheConfigurationException("A grant has at least one scope of " + RemansoScopeNames.List + ".");
        }

        _caches = [.. caches];
        if (_caches.Length == 0)
        {
            throw new CacheConfigurationException("A grant names at least one cache; * is all of them.");
        }

        if (Array.Find(_caches, static cache => !CachePattern.IsValid(cache)) is { } wrong)
        {
            throw new CacheConfigurationException(
                $"The cache '{wrong}' of a grant must be 1 to 64 letters, digits, '-', '_' or '.', or '*' for any of them."
            );
        }

        if (keyPrefix is "")
        {
            // Whoever wrote that, or forgot to set what stands there, meant less than all keys.
            throw new CacheConfigurationException("The prefix of a grant is not empty; without one it is for all keys.");
        }

        Scopes = scopes;
        KeyPrefix = keyPrefix;
    }

    /// <summary>What may be done.</summary>
    public RemansoScopes Scopes { get; }

    /// <summary>With which caches: names, in which <c>*</c> stands for any characters.</summary>
    public IReadOnlyList<string> Caches => _caches;

    /// <summary>With which keys: those that begin so; null for all.</summary>
    public string? KeyPrefix { get; }

    /// <summary>Whether the scope is granted for a cache, at least for some keys.</summary>
    internal bool Covers(RemansoScopes scope, ReadOnlySpan<char> cache) => (Scopes & scope) == scope && IncludesCache(cache);

    /// <summary>Whether the scope is granted for a key of a cache.</summary>
    internal bool Covers(RemansoScopes scope, ReadOnlySpan<char> cache, ReadOnlySpan<char> key) =>
        (Scopes & scope) == scope && (KeyPrefix is null || key.StartsWith(KeyPrefix, StringComparison.Ordinal)) && IncludesCache(cache);

    private bool IncludesCache(ReadOnlySpan<char> cache)
    {
        foreach (var pattern in _caches)
        {
            if (CachePattern.Matches(pattern, cache))
            {
                return true;
            }
        }

        return false;
    }
}
