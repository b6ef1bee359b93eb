namespace Remanso.AspNetCore.Security;

/// <summary>Who asks, and what of it is granted: the one place where a handler finds out whether it may go on with a key.</summary>
/// <remarks>Immutable; one is shared by all requests of a key.</remarks>
public sealed class RemansoAccess
{
    private readonly RemansoGrant[] _grants;
    private readonly bool _everything;

    /// <summary>What a caller may do.</summary>
    /// <param name="id">Who it is in the audit log: the identifier of a key, the subject of a token.</param>
    /// <param name="grants">What it may do; one grant that covers a request is enough.</param>
    public RemansoAccess(string id, IEnumerable<RemansoGrant> grants)
        : this(id, [.. grants], everything: false) { }

    private RemansoAccess(string id, RemansoGrant[] grants, bool everything)
    {
        Id = id;
        _grants = grants;
        _everything = everything;
    }

    /// <summary>Everything: a process on the same machine where there are no keys, and an application that does not use scopes.</summary>
    public static RemansoAccess Everything { get; } = new("-", [], everything: true);

    /// <summary>Nothing: a caller that has not said who it is.</summary>
    public static RemansoAccess Nothing { get; } = new("-", [], everything: false);

    /// <summary>Who it is in the audit log.</summary>
    public string Id { get; }

    /// <summary>What is granted; empty where it is everything or nothing.</summary>
    public IReadOnlyList<RemansoGrant> Grants => _grants;

    /// <summary>Who asks here; nobody where the endpoint has no guard.</summary>
    public static RemansoAccess Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<RemansoAccess>() ?? Nothing;
    }

    /// <summary>Goes on only where the scope is granted for a key of a cache. The key is the decoded one.</summary>
    /// <exception cref="RemansoAccessDeniedException">It is not.</exception>
    public void Demand(RemansoScopes scope, string cache, string key)
    {
        if (!Allows(scope, cache, key))
        {
            throw new RemansoAccessDeniedException(scope, cache, key);
        }
    }

    /// <summary>Goes on only where the scope is granted for every key of a cache.</summary>
    /// <exception cref="RemansoAccessDeniedException">It is not.</exception>
    public void DemandEveryKey(RemansoScopes scope, string cache)
    {
        if (!AllowsEveryKey(scope, cache))
        {
            throw new RemansoAccessDeniedException(scope, cache, key: null);
        }
    }

    /// <summary>Whether the scope is granted for some cache.</summary>
    public bool Allows(RemansoScopes scope)
    {
        foreach (var grant in _grants)
        {
            if ((grant.Scopes & scope) == scope)
            {
                return true;
            }
        }

        return _everything;
    }

    /// <summary>Whether the scope is granted for a cache, at least for some of its keys.</summary>
    public bool Allows(RemansoScopes scope, ReadOnlySpan<char> cache)
    {
        foreach (var grant in _grants)
        {
            if (grant.Covers(scope, cache))
            {
                return true;
            }
        }

        return _everything;
    }

    /// <summary>Whether the scope is granted for a key of a cache. The key is the decoded one.</summary>
    public bool Allows(RemansoScopes scope, ReadOnlySpan<char> cache, ReadOnlySpan<char> key)
    {
        foreach (var grant in _grants)
        {
            if (grant.Covers(scope, cache, key))
            {
                return true;
            }
        }

        return _everything;
    }

    /// <summary>Whether the scope is granted for every key of a cache: what flushes it, or drops all its copies, needs that.</summary>
    public bool AllowsEveryKey(RemansoScopes scope, ReadOnlySpan<char> cache) => Allows(scope, cache, key: default);

    /// <summary>Whether the scope is granted for every key of every cache: what counts all of them together needs that.</summary>
    public bool AllowsEveryCache(RemansoScopes scope)
    {
        foreach (var grant in _grants)
        {
            if ((grant.Scopes & scope) == scope && grant.KeyPrefix is null && grant.Caches.Contains(CachePattern.Every))
            {
                return true;
            }
        }

        return _everything;
    }
}
