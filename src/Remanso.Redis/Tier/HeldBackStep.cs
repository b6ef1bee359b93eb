using Remanso.Redis.Resp;

namespace Remanso.Redis.Tier;

/// <summary>Finds what the store refused and is not to be tried again yet.</summary>
internal static class HeldBackStep
{
    /// <summary>The keys of markers that did not change since they were refused, where it is too early for them.</summary>
    /// <param name="client">The client.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="markers">Its oldest markers.</param>
    /// <param name="refused">The versions that it is too early for: <see cref="long.MaxValue"/> for any, 0 for none.</param>
    /// <param name="keepsVersions">Whether every version is kept.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async ValueTask<HashSet<string>> FindAsync(
        IRedisClient client,
        PartitionKeys partition,
        List<QueuedMarker> markers,
        IReadOnlyDictionary<string, long> refused,
        bool keepsVersions,
        CancellationToken cancellationToken
    )
    {
        var heldBack = new HashSet<string>(StringComparer.Ordinal);
        if (refused.Count == 0)
        {
            return heldBack;
        }

        string[] asked = [.. markers.Select(static marker => marker.Key).Where(key => refused.GetValueOrDefault(key) != 0).Distinct()];
        var headers = new Task<EntryHeader>[asked.Length];
        using (WriteBatch.Begin())
        {
            for (var i = 0; i < headers.Length; i++)
            {
                headers[i] = EntryHeader.ReadAsync(client, partition.EntryOf(asked[i]), EntryLayout.HeaderLength, cancellationToken);
            }
        }

        var found = await Task.WhenAll(headers).ConfigureAwait(false);
        for (var i = 0; i < found.Length; i++)
        {
            // Where versions are kept, all wait for the oldest, which only its settlement changes.
            if (
                found[i] is { IsDirty: true, IsDeadLetter: false } header
                && (keepsVersions || refused[asked[i]] is long.MaxValue || header.Version == refused[asked[i]])
            )
            {
                heldBack.Add(asked[i]);
            }
        }

        return heldBack;
    }
}
