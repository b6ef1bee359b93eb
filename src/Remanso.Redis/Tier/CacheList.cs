using System.Globalization;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// All that processes know of a cache goes by its name, and Redis is not asked for names: a user may list no keys, and
// listing them takes as long as there are keys. So the names are kept: one sorted set for the deployment, scored with
// the millisecond in which a process last said that it uses the cache. That a cache is listed says nothing else. Whether
// somebody uses it, and flushes it, is what its own keys tell, which processes of all versions keep.
//
// What is listed, unused for a while and empty is forgotten, or names that an application makes up would pile up for
// ever. Whoever uses it again says so again.

/// <summary>The caches that processes of the deployment have used, also those that none declares any more.</summary>
internal sealed class CacheList(RedisCalls calls, string prefix)
{
    /// <summary>How many are looked at, so that a look has an end.</summary>
    private const int Most = 256;

    private const int MostPartitions = 4096;

    private static readonly TimeSpan _remembered = TimeSpan.FromMinutes(10);

    /// <summary>The sorted set of their names. No cache's own key has it: those have a brace behind the prefix.</summary>
    public string Key { get; } = $"{prefix}:caches";

    /// <summary>Notes that caches are in use, and looks at all that are known.</summary>
    public async ValueTask<IReadOnlyList<KnownCache>> NoteAsync(IReadOnlyCollection<string> inUse, CancellationToken cancellationToken)
    {
        var listed = await calls
            .RunAsync(
                static (client, item, token) => ListCachesScript.RunAsync(client, item.Key, Most, item.InUse, token),
                (Key, InUse: inUse),
                cancellationToken
            )
            .ConfigureAwait(false);
        var looks = await LookAsync([.. listed.Select(static one => one.Cache)], cancellationToken).ConfigureAwait(false);
        await ForgetAsync(
                [.. listed.Where((one, i) => IsToBeForgotten(looks[i]) && !inUse.Contains(one.Cache, StringComparer.Ordinal))],
                cancellationToken
            )
            .ConfigureAwait(false);
        return
        [
            .. looks.Select((look, i) => look.Error is null ? look.Value : new(listed[i].Cache, 0, default, default) { IsUnknown = true }),
        ];
    }

    /// <summary>Looks at all that are known, and notes nothing.</summary>
    public async ValueTask<IReadOnlyList<KnownCache>> LookAsync(CancellationToken cancellationToken)
    {
        var names = await calls
            .RunAsync(
                static (client, list, token) =>
                    client.ExecuteAsync(
                        RedisRoute.FirstKey,
                        Replies.Texts,
                        token,
                        "ZRANGE",
                        list,
                        "0",
                        (Most - 1).ToString(CultureInfo.InvariantCulture)
                    ),
                Key,
                cancellationToken
            )
            .ConfigureAwait(false);
        var looks = await LookAsync([.. names.OfType<string>()], cancellationToken).ConfigureAwait(false);
        return [.. looks.Select(static look => look.Get())];
    }

    private static bool IsToBeForgotten(Attempt<KnownCache> look) =>
        look is { Error: null, Value: { Workers: 0, Dirty: { Entries: 0, DeadLetters: 0 } } cache } && cache.Unused >= _remembered;

    private ValueTask<Attempt<KnownCache>[]> LookAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        calls.RunEachAsync(names, LookAsync, cancellationToken);

    private async ValueTask<KnownCache> LookAsync(IRedisClient client, string cache, CancellationToken cancellationToken)
    {
        var (partitions, unused, workers) = await CacheUseScript
            .RunAsync(client, new CacheKeys(prefix, cache, partitions: 0), cancellationToken)
            .ConfigureAwait(false);
        // Somebody flushes it: what waits there is on its way. Without a number of partitions it has none.
        return new KnownCache(
            cache,
            workers,
            unused.Duration(),
            workers > 0 || partitions is < 1 or > MostPartitions
                ? default
                : await SumAsync(client, new CacheKeys(prefix, cache, (int)partitions), cancellationToken).ConfigureAwait(false)
        );
    }

    private static async ValueTask<DirtySummary> SumAsync(IRedisClient client, CacheKeys keys, CancellationToken cancellationToken)
    {
        var asked = new List<Task<PartitionDirty>>();
        using (WriteBatch.Begin())
        {
            foreach (var partition in keys.Partitions)
            {
                asked.Add(DirtyScript.RunAsync(client, partition, cancellationToken).AsTask());
            }
        }

        var dirty = await Task.WhenAll(asked).ConfigureAwait(false);
        return new DirtySummary(
            dirty.Sum(static one => one.Amount.Entries),
            dirty.Sum(static one => one.Amount.Bytes),
            TimeSpan.FromMicroseconds(dirty.Max(static one => one.OldestMicros)),
            dirty.Sum(static one => one.DeadLetters)
        );
    }

    private async ValueTask ForgetAsync(IReadOnlyList<(string Cache, string Noted)> unused, CancellationToken cancellationToken) =>
        // Each by itself: what can't be forgotten now is with the next look.
        await calls
            .RunEachAsync(
                unused,
                (client, one, token) => ForgetCacheScript.RunAsync(client, Key, one.Cache, one.Noted, token),
                cancellationToken
            )
            .ConfigureAwait(false);
}
