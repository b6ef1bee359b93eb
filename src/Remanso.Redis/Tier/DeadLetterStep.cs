using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// There may be as many as FlushOptions.MaxDeadLetters, with values of any size, which no limit of dirty bytes counts. So
// they come in pages, and without their values.

/// <summary>What people do with dead letters: list, replay, drop.</summary>
internal sealed class DeadLetterStep(TierContext tier)
{
    private const int MostPerScript = 256;
    private const int MostPerPage = 1000;
    private const int MostHeaders = 1000;

    // What a script copies at once: it holds up its server.
    private const long MostBytesPerScript = 1 << 20;

    private static readonly ReplyParser<List<Letter>> _lettersParser = static (ref reply) =>
    {
        var count = reply.ReadArrayHeader();
        var letters = new List<Letter>(count);
        for (; count > 0; count--)
        {
            reply.ReadArrayHeader();
            var id = MarkerId.Read(reply.ReadBytes());
            reply.ReadArrayHeader();
            reply.Skip();
            var key = reply.ReadString()!;
            reply.Skip();
            var error = reply.ReadString()!;
            reply.Skip();
            letters.Add(new Letter(id, key, error, reply.ReadInt64()));
        }

        return letters;
    };

    /// <summary>The oldest dead letters.</summary>
    public async ValueTask<IReadOnlyList<DeadLetter>> ListAsync(int max, CancellationToken cancellationToken)
    {
        if (max <= 0)
        {
            return [];
        }

        var letters = await tier
            .Calls.RunAllAsync(
                tier.Keys.Partitions.ToArray(),
                (client, partition, token) => ReadAsync(client, partition, max, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        var listed = new List<DeadLetter>();
        var oldest = letters.SelectMany(static list => list).OrderBy(static letter => letter.At).Take(max);
        foreach (var part in oldest.Chunk(MostHeaders))
        {
            var headers = await tier.Calls.RunAllAsync(part, ReadHeaderAsync, cancellationToken).ConfigureAwait(false);

            // One that was replayed, dropped or written again in between is no dead letter any more.
            listed.AddRange(
                part.Zip(headers)
                    .Where(static pair => pair.Second.IsDeadLetter && pair.Second.Mark == pair.First.Id)
                    .Select(static pair => new DeadLetter(pair.First.Key, pair.Second.Version, pair.First.Error, pair.First.At)
                    {
                        IsDeleted = pair.Second.IsTombstone,
                        Bytes = pair.Second.ValueLength,
                        ContentType = pair.Second.ContentType,
                    })
            );
        }

        return listed;
    }

    private async ValueTask<List<Letter>> ReadAsync(
        IRedisClient client,
        PartitionKeys partition,
        int max,
        CancellationToken cancellationToken
    )
    {
        var letters = new List<Letter>();
        var bytes = Math.Min(MostBytesPerScript, tier.Bounds.Values);
        List<Letter> part;
        bool isCut;
        do
        {
            var count = Math.Min(MostPerPage, max - letters.Count);
            var from = letters.Count > 0 ? MarkerId.After(letters[^1].Id) : "-";
            (part, isCut) = await RangeScript
                .RunAsync(client, _lettersParser, partition.DeadLetters, from, count, bytes, cancellationToken)
                .ConfigureAwait(false);
            letters.AddRange(part);
        } while ((isCut || part.Count == MostPerPage) && letters.Count < max);

        return letters;
    }

    private ValueTask<EntryHeader> ReadHeaderAsync(IRedisClient client, Letter letter, CancellationToken cancellationToken) =>
        new(EntryHeader.ReadAsync(client, tier.Keys.Of(letter.Key).EntryOf(letter.Key), EntryHeader.MostBytes, cancellationToken));

    /// <summary>Queues dead letters again.</summary>
    public async ValueTask<int> ReplayAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var counts = await tier
            .Calls.RunAllAsync(
                tier.Keys.Group(keys, MostPerScript),
                (client, group, token) => ReplayScript.RunAsync(client, group.Partition, tier.BatchPerPartition, group.Keys, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        return (int)counts.Sum();
    }

    /// <summary>Gives dead letters up.</summary>
    public async ValueTask<int> DropAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var counts = await tier
            .Calls.RunAllAsync(
                tier.Keys.Group(keys, MostPerScript),
                (client, group, token) => DropScript.RunAsync(client, group.Partition, group.Keys, tier.KeepsVersions, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        return (int)counts.Sum();
    }

    private sealed record Letter(long Id, string Key, string Error, long At);
}
