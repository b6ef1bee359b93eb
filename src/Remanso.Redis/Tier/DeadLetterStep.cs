using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>What people do with dead letters: list, replay, drop.</summary>
internal sealed class DeadLetterStep(TierContext tier)
{
    private const int MostPerScript = 256;

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

    private static readonly ReplyParser<(long Letter, CacheEntry? Entry)> _entryParser = static (ref reply) =>
    {
        if (reply.TryReadNull())
        {
            return default;
        }

        var bytes = reply.ReadBytes();
        return EntryLayout.IsEntry(bytes) ? (EntryLayout.Mark(bytes), EntryLayout.Read(bytes)) : default;
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
                (client, partition, token) =>
                    client.ExecuteAsync(
                        RedisRoute.FirstKey,
                        _lettersParser,
                        token,
                        "XRANGE",
                        partition.DeadLetters,
                        "-",
                        "+",
                        "COUNT",
                        max
                    ),
                cancellationToken
            )
            .ConfigureAwait(false);
        var oldest = letters.SelectMany(static list => list).OrderBy(static letter => letter.At).Take(max).ToArray();
        var entries = await tier
            .Calls.RunAllAsync(
                oldest,
                (client, letter, token) =>
                    client.ExecuteAsync(RedisRoute.FirstKey, _entryParser, token, "GET", tier.Keys.Of(letter.Key).EntryOf(letter.Key)),
                cancellationToken
            )
            .ConfigureAwait(false);

        // One that was replayed, dropped or written again in between is no dead letter any more.
        return
        [
            .. oldest
                .Zip(entries)
                .Where(static pair => pair.Second.Letter == pair.First.Id && pair.Second.Entry is { IsDeadLetter: true })
                .Select(static pair => new DeadLetter(pair.First.Key, pair.Second.Entry!, pair.First.Error, pair.First.At)),
        ];
    }

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
