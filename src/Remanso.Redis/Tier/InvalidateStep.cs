using Remanso.Redis.Scripts;

namespace Remanso.Redis.Tier;

/// <summary>Drops clean copies.</summary>
internal sealed class InvalidateStep(TierContext tier)
{
    private const int MostPerScript = 256;
    private const int MostTagsPerScript = 32;

    // On their way to the servers at a time: some milliseconds of one.
    private const int MostTagsAtOnce = 256;

    // In one partition: some 1 MB, and more than a script brings.
    private const int MostRemovals = 10_000;

    /// <summary>Drops those of keys.</summary>
    public async ValueTask InvalidateAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await tier
            .Calls.RunAllAsync(
                tier.Keys.Group(keys, MostPerScript),
                static (client, group, token) => InvalidateScript.RunAsync(client, group.Partition, group.Keys, keepsStale: false, token),
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Ends the freshness of those of keys.</summary>
    public async ValueTask ExpireAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await tier
            .Calls.RunAllAsync(
                tier.Keys.Group(keys, MostPerScript),
                static (client, group, token) => InvalidateScript.RunAsync(client, group.Partition, group.Keys, keepsStale: true, token),
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Drops what carries one of the tags, or ends its freshness: a script for each partition, whatever there
    /// is. Many tags are many short scripts, a few at a time, so that others' commands get their turn between
    /// them.</summary>
    public async ValueTask RemoveByTagAsync(IReadOnlyList<string> tags, bool keepsStale, CancellationToken cancellationToken)
    {
        foreach (var part in tags.Chunk(MostTagsPerScript))
        {
            foreach (var partitions in tier.Keys.Partitions.ToArray().Chunk(Math.Max(1, MostTagsAtOnce / part.Length)))
            {
                await tier
                    .Calls.RunAllAsync(
                        [
                            .. partitions.Select(partition =>
                                (Partition: partition, Tags: part, KeepsStale: keepsStale, Lease: tier.LoadMilliseconds * 1000)
                            ),
                        ],
                        static (client, item, token) =>
                            RemoveTagsScript.RunAsync(client, item.Partition, item.Lease, MostRemovals, item.KeepsStale, item.Tags, token),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>Drops all.</summary>
    public async ValueTask InvalidateAllAsync(CancellationToken cancellationToken) =>
        await tier
            .Calls.RunAllAsync(
                tier.Keys.Partitions.ToArray(),
                static (client, partition, token) => ClearScript.RunAsync(client, partition, token),
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Ends the freshness of all.</summary>
    public async ValueTask ExpireAllAsync(CancellationToken cancellationToken) =>
        await tier
            .Calls.RunAllAsync(
                tier.Keys.Partitions.ToArray(),
                static (client, partition, token) => ClearScript.ExpireAsync(client, partition, token),
                cancellationToken
            )
            .ConfigureAwait(false);
}
