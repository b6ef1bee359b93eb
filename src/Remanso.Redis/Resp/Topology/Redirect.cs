using System.Globalization;
using System.Net;

namespace Remanso.Redis.Resp.Topology;

/// <summary>A server's "not here" (Redis Cluster specification, "Redirection and resharding"):
/// <c>MOVED 3999 host:port</c> for good, <c>ASK 3999 host:port</c> for this once.</summary>
internal readonly record struct Redirect(bool IsMoved, int Slot, RedisEndPoint To)
{
    /// <param name="message">The error.</param>
    /// <param name="asked">Stands in for a host that is left empty, which means "where you asked".</param>
    /// <param name="redirect">What it says.</param>
    public static bool TryParse(string message, RedisEndPoint asked, out Redirect redirect)
    {
        redirect = default;
        if (
            message.Split(' ') is not [("MOVED" or "ASK") and var kind, var slotText, var target, ..]
            || !int.TryParse(slotText, NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
            || slot >= HashSlot.Count
        )
        {
            return false;
        }
        // The last colon: an IPv6 address stands there without brackets.
        var colon = target.LastIndexOf(':');
        if (
            colon < 0
            || !int.TryParse(target.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > IPEndPoint.MaxPort
        )
        {
            return false;
        }
        redirect = new(kind == "MOVED", slot, new(colon == 0 ? asked.Neighbours : target[..colon], port));
        return true;
    }
}
