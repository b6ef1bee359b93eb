using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>Asks for the right to operate on the keys of a body, all of them before the first is touched.</summary>
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
}
