using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Remanso.Redis.Watch;

/// <summary>What a server said of itself at one moment.</summary>
/// <param name="Reign">A number for "this process, as this master": another after every restart and every promotion. 0
/// where the server does not tell.</param>
/// <param name="Clock">Its clock, microseconds since 1970; 0 where it does not tell.</param>
/// <param name="EvictionPolicy">Its <c>maxmemory-policy</c>; null where it does not tell.</param>
/// <param name="UsedBytes">What counts against its limit.</param>
/// <param name="MaxBytes">Its <c>maxmemory</c>; 0 for none.</param>
/// <param name="IsReplica">Whether it says that it is a replica.</param>
internal sealed record ServerLook(long Reign, long Clock, string? EvictionPolicy, long UsedBytes, long MaxBytes, bool IsReplica)
{
    // Versions and counters are doubles in the scripts.
    private const long Exact = (1L << 53) - 1;

    /// <summary>Nothing is known.</summary>
    public static ServerLook Unknown { get; } = new(0, 0, null, 0, 0, IsReplica: false);

    /// <summary>Whether it may evict what has no TTL.</summary>
    public bool MayEvictAll => EvictionPolicy?.StartsWith("allkeys-", StringComparison.Ordinal) == true;

    /// <summary>Reads what INFO said (its sections server, memory and replication).</summary>
    public static ServerLook From(Dictionary<string, string> info) =>
        new(
            ReignOf(info),
            Number(info, "server_time_usec"),
            info.GetValueOrDefault("maxmemory_policy"),
            Number(info, "used_memory") - Number(info, "mem_not_counted_for_evict"),
            Number(info, "maxmemory"),
            ServerRole.IsReplica(info.GetValueOrDefault("role"))
        );

    /// <summary>Whether so much of its memory is in use, in hundredths, where it evicts nothing: then only our own
    /// restraint keeps room.</summary>
    public bool IsFullTo(int percent) => RoomTo(percent) == 0;

    /// <summary>How many bytes there are until so much of its memory is in use; no limit where it has none, or evicts
    /// what it can.</summary>
    public long RoomTo(int percent) =>
        EvictionPolicy == "noeviction" && MaxBytes > 0 ? Math.Max(0, (long)(MaxBytes / 100.0 * percent) - UsedBytes) : long.MaxValue;

    // The replication id alone would not do: it is kept over a restart in some cases. Nor would the run id: a server
    // may be demoted and promoted again in one life.
    private static long ReignOf(Dictionary<string, string> info)
    {
        if (!info.TryGetValue("run_id", out var run))
        {
            return 0;
        }

        var hash = SHA256.HashData(Encoding.ASCII.GetBytes($"{run} {info.GetValueOrDefault("master_replid")}"));
        return Math.Max(1, BitConverter.ToInt64(hash) & Exact);
    }

    private static long Number(Dictionary<string, string> info, string field) =>
        long.TryParse(info.GetValueOrDefault(field), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
