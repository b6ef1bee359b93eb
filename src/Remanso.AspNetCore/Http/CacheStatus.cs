namespace Remanso.AspNetCore.Http;

// hit means "not forwarded to the origin", the backing store here. A stale value is served because the store failed or
// is slow, so the read was forwarded: that is fwd=stale, and the detail says what became of it. Where the last load had
// just failed, or the client takes stale copies, the read was not forwarded: a hit. A read that asks for the store
// alone, or whose directives allow no copy, is fwd=request; one that asks for the tier alone and finds nothing was
// neither answered nor forwarded.

/// <summary>The <c>Cache-Status</c> field (RFC 9211): how the cache handled a read.</summary>
internal static class CacheStatus
{
    public const string AfterError = "Remanso; fwd=request; detail=store-failed";

    public static string Of<TValue>(in ReadResult<TValue> result, ReadFrom from, ReadWish? wish = null, bool anew = false)
    {
        if (from == ReadFrom.Store)
        {
            return "Remanso; fwd=request";
        }

        if (result.Stale)
        {
            return result.Source == ReadSource.Near ? "Remanso; hit; detail=tier-down"
                : wish is { TakesStale: true } ? "Remanso; hit; detail=stale"
                : (result.Flags & ReadFlags.BackedOff) != 0 ? "Remanso; hit; detail=backing-off"
                : (result.Flags & ReadFlags.Slow) != 0 ? "Remanso; fwd=stale; detail=store-slow"
                : "Remanso; fwd=stale; detail=store-failed";
        }

        if (result.Source != ReadSource.Store)
        {
            if (result.Entry is null)
            {
                return "Remanso; detail=not-cached";
            }

            return result.Source == ReadSource.Near ? "Remanso; hit; detail=near" : "Remanso; hit; detail=tier";
        }

        if (anew)
        {
            return ((result.Flags & ReadFlags.Filled) != 0, result.Joined) switch
            {
                (true, false) => "Remanso; fwd=request; stored",
                (true, true) => "Remanso; fwd=request; stored; collapsed",
                (false, true) => "Remanso; fwd=request; collapsed",
                _ => "Remanso; fwd=request",
            };
        }

        return ((result.Flags & ReadFlags.Filled) != 0, result.Joined) switch
        {
            (true, false) => "Remanso; fwd=miss; stored",
            (true, true) => "Remanso; fwd=miss; stored; collapsed",
            (false, true) => "Remanso; fwd=miss; collapsed",
            _ => "Remanso; fwd=miss",
        };
    }
}
