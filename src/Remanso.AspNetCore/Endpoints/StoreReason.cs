using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>Who sees why the database did not take an entry. The reason is the database's own text, with its address,
/// path or table, so it is for those who may observe; who may search it could read it, too.</summary>
internal static class StoreReason
{
    private const string Hidden = "The database did not take it; the scope observe shows why.";

    private const string HiddenOfAll = "They are kept from being flushed; the scope observe shows why.";

    /// <summary>The reason as this caller sees it.</summary>
    public static string Of(RemansoAccess access, string cache, string key, string reason) =>
        access.Allows(RemansoScopes.Observe, cache, key) ? reason : Hidden;

    /// <summary>What keeps all entries of a cache from being flushed, as this caller sees it.</summary>
    public static string Of(RemansoAccess access, string cache, string reason) =>
        access.AllowsEveryKey(RemansoScopes.Observe, cache) ? reason : HiddenOfAll;
}
