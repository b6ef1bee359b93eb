using System.Globalization;
using Remanso.Redis.Resp;

namespace Remanso.Redis;

/// <summary>What matters of a server's settings.</summary>
/// <param name="Version">Its version, for example <c>7.0.15</c>; Valkey tells the Redis version that it is compatible with.</param>
/// <param name="EvictionPolicy">Its <c>maxmemory-policy</c>; null where it did not tell.</param>
/// <param name="Persistence">What it has after a crash.</param>
internal sealed record RedisSettings(string Version, string? EvictionPolicy, RedisPersistence Persistence)
{
    private const int LowestMajor = 7;

    /// <summary>Why the version does not do, or null.</summary>
    public string? VersionProblem
    {
        get
        {
            var dot = Version.IndexOf('.', StringComparison.Ordinal);
            return dot > 0 && int.TryParse(Version.AsSpan(0, dot), CultureInfo.InvariantCulture, out var major) && major < LowestMajor
                ? $"is version {Version}; the tier needs {LowestMajor}.0 or later (sharded pub/sub)."
                : null;
        }
    }

    /// <summary>Why the eviction policy does not do, or null.</summary>
    public string? EvictionProblem =>
        EvictionPolicy?.StartsWith("allkeys-", StringComparison.Ordinal) == true
            ? $"has maxmemory-policy {EvictionPolicy}, which may evict writes that the store does not have yet. Use "
                + "noeviction or a volatile-* policy."
            : null;

    /// <summary>Whether a full server forgets what has an end before that: copies, which costs a load, and the notes that
    /// make a repeated request count once.</summary>
    public bool MayEvictEarly => EvictionPolicy?.StartsWith("volatile-", StringComparison.Ordinal) == true;

    /// <summary>Asks a server. CONFIG is often forbidden; what INFO tells suffices for all but the interval of fsync.</summary>
    public static async ValueTask<RedisSettings> ReadAsync(IRedisClient client, RedisNode node, CancellationToken cancellationToken)
    {
        // Together: one round trip.
        var info = InfoAsync(client, node, cancellationToken).AsTask();
        var fsync = ConfigAsync(client, node, "appendfsync", cancellationToken).AsTask();
        await Task.WhenAll(info, fsync).ConfigureAwait(false);
        return From(await info.ConfigureAwait(false), await fsync.ConfigureAwait(false));
    }

    /// <summary>What a server has of its data after a crash.</summary>
    public static async Task<RedisPersistence> PersistenceAsync(IRedisClient client, RedisNode node) =>
        (await ReadAsync(client, node, CancellationToken.None).ConfigureAwait(false)).Persistence;

    /// <summary>What INFO tells; nothing where it is forbidden.</summary>
    public static async ValueTask<Dictionary<string, string>> InfoAsync(
        IRedisClient client,
        RedisNode node,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return Parse(
                await client.ExecuteAsync(RedisRoute.To(node), Replies.Text, cancellationToken, "INFO").ConfigureAwait(false)
                    ?? string.Empty
            );
        }
        catch (Exception exception) when (exception is RedisServerException { IsRefusal: true } or InvalidDataException)
        {
            return [];
        }
    }

    /// <summary>Refuses a server that can't keep the tier's promises.</summary>
    /// <exception cref="InvalidOperationException">It can't.</exception>
    public void ThrowUnlessSafe(string server)
    {
        if ((VersionProblem ?? EvictionProblem) is { } problem)
        {
            throw new InvalidOperationException($"Redis {server} {problem}");
        }
    }

    internal static RedisSettings From(Dictionary<string, string> info, string? fsync) =>
        new(
            info.GetValueOrDefault("redis_version", string.Empty),
            info.GetValueOrDefault("maxmemory_policy"),
            (info.GetValueOrDefault("aof_enabled"), fsync) switch
            {
                ("0", _) => RedisPersistence.None,
                ("1", "always") => RedisPersistence.EveryWrite,
                ("1", "no") => RedisPersistence.Unsynced,
                ("1", "everysec") => RedisPersistence.EverySecond,
                _ => RedisPersistence.Unknown,
            }
        );

    /// <summary>One setting; null where the server does not tell.</summary>
    public static async ValueTask<string?> ConfigAsync(
        IRedisClient client,
        RedisNode node,
        string name,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await client
                .ExecuteAsync(
                    RedisRoute.To(node),
                    static (ref reply) =>
                    {
                        if (reply.ReadArrayHeader() < 2)
                        {
                            return null;
                        }

                        reply.Skip();
                        return reply.ReadString();
                    },
                    cancellationToken,
                    "CONFIG",
                    "GET",
                    name
                )
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisServerException { IsRefusal: true } or InvalidDataException)
        {
            // Forbidden, renamed away, or answered with something else: it does not tell.
            return null;
        }
    }

    /// <summary>What tells a server's process from all others, in its answer to INFO; null where it is not there.</summary>
    internal static string? RunId(string? info) => Parse(info ?? "").GetValueOrDefault("run_id");

    internal static Dictionary<string, string> Parse(string info)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in info.Split('\n', StringSplitOptions.TrimEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line[0] != '#')
            {
                values[line[..colon]] = line[(colon + 1)..];
            }
        }

        return values;
    }
}
