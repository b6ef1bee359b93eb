using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;

namespace Remanso.Redis.Tier;

/// <summary>Sees to it that all processes of a cache keep every version, or none does: one that does not would overwrite what the others are to keep.</summary>
internal static class VersionsCheck
{
    private const string Field = "versions";

    /// <summary>States whether versions are kept, unless it is stated; changes it while nothing is dirty.</summary>
    /// <exception cref="InvalidOperationException">It is stated otherwise, and something is dirty.</exception>
    public static async ValueTask AgreeAsync(RedisCalls calls, CacheKeys keys, bool keepsVersions, CancellationToken cancellationToken)
    {
        var value = keepsVersions ? 1 : 0;
        await HashAsync(calls, keys, "HSETNX", value, cancellationToken).ConfigureAwait(false);
        var inForce = await calls.RunAsync(
            static (client, meta, token) => client.ExecuteAsync(RedisRoute.FirstKey, Replies.Int64, token, "HGET", meta, Field), keys.Meta, cancellationToken).ConfigureAwait(false);
        if (inForce == value) return;

        var dirty = await calls.RunAllAsync(
            keys.Partitions.ToArray(), static (client, partition, token) => DirtyScript.RunAsync(client, partition, token), cancellationToken).ConfigureAwait(false);
        var entries = dirty.Sum(static partition => partition.Amount.Entries + partition.DeadLetters);
        if (entries > 0)
        {
            throw new InvalidOperationException(
                $"Remanso:Caches:{keys.Cache}:WriteMode keeps {(keepsVersions ? "every version" : "no versions")} here, but {(inForce == 1 ? "every version" : "none")} on this Redis, where {entries} entries are dirty or dead letters: " +
                "flush them with the mode that they were written in, and stop its processes.");
        }

        await HashAsync(calls, keys, "HSET", value, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask HashAsync(RedisCalls calls, CacheKeys keys, string command, int value, CancellationToken cancellationToken) => await calls.RunAsync(
        static (client, item, token) => client.ExecuteAsync(RedisRoute.FirstKey, Replies.Int64, token, item.Command, item.Meta, Field, item.Value),
        (keys.Meta, Command: command, Value: value),
        cancellationToken).ConfigureAwait(false);
}
