using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>Asks for the right to operate on what a request names, all of it before the first key is touched.</summary>
internal static class KeyDemands
{
    /// <param name="cache">The cache.</param>
    /// <param name="context">The request.</param>
    /// <param name="keys">The keys; null for every key of the cache.</param>
    /// <exception cref="RemansoAccessDeniedException">It lacks for one.</exception>
    public static void DemandOperate(this CacheContext cache, HttpContext context, IEnumerable<string>? keys)
    {
        var access = RemansoAccess.Of(context);
        if (keys is null)
        {
            access.DemandEveryKey(RemansoScopes.Operate, cache.Cache.Name);
            return;
        }

        foreach (var key in keys)
        {
            access.Demand(RemansoScopes.Operate, cache.Cache.Name, key);
        }
    }

    /// <param name="cache">The cache.</param>
    /// <param name="context">The request.</param>
    /// <param name="filter">What it chooses; the keys are known only later, so that all that it may take is asked for.</param>
    /// <exception cref="RemansoAccessDeniedException">It lacks for a key that the filter may take.</exception>
    public static void DemandOperate(this CacheContext cache, HttpContext context, DeadLetterFilter filter)
    {
        var access = RemansoAccess.Of(context);

        // Whoever may have a key may have all that begin with it.
        if (filter.Prefix is { } prefix)
        {
            access.Demand(RemansoScopes.Operate, cache.Cache.Name, prefix);
            if (filter.Error is not null)
            {
                access.Demand(RemansoScopes.Observe, cache.Cache.Name, prefix);
            }

            return;
        }

        access.DemandEveryKey(RemansoScopes.Operate, cache.Cache.Name);
        if (filter.Error is not null)
        {
            access.DemandEveryKey(RemansoScopes.Observe, cache.Cache.Name);
        }
    }
}
