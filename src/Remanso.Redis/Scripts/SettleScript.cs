using System.Runtime.InteropServices;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Records what the store said of entries of one partition.</summary>
internal static class SettleScript
{
    private static readonly RedisScript _script = ScriptText.Load("settle");

    private static readonly ReplyParser<SettleResult[]> _parser = static (ref reply) =>
    {
        if (reply.Type == RespType.Integer)
        {
            reply.Skip();
            return [];
        }

        var results = new SettleResult[reply.ReadArrayHeader()];
        for (var i = 0; i < results.Length; i++) results[i] = reply.ReadInt64() == 0 ? SettleResult.Settled : SettleResult.StillDirty;
        return results;
    };

    /// <returns>The results; empty where the lease is lost.</returns>
    public static ValueTask<SettleResult[]> RunAsync(
        IRedisClient client, PartitionKeys partition, string lease, IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken)
    {
        var keys = new List<RespArg>(settlements.Count + 4) { partition.Owner, partition.State, partition.Queue, partition.DeadLetters };
        var arguments = new List<RespArg>((settlements.Count * 6) + 2) { lease, partition.Channel };
        foreach (var settlement in settlements)
        {
            keys.Add(partition.EntryOf(settlement.Taken.Key));
            Add(arguments, settlement);
        }

        return client.EvalAsync(
            _script, _parser, CollectionsMarshal.AsSpan(keys), CollectionsMarshal.AsSpan(arguments), cancellationToken);
    }

    private static void Add(List<RespArg> arguments, Settlement settlement)
    {
        var (_, key, entry, marker) = settlement.Taken;

        // Without the row there is nothing to adopt: what the tier has is kept until its TTL is over.
        var row = settlement.Kind == SettlementKind.Superseded ? settlement.StoreRow : null;
        var kind = settlement.Kind == SettlementKind.Superseded && row is null ? SettlementKind.Stored : settlement.Kind;
        arguments.Add((string)marker!);
        arguments.Add(key);
        arguments.Add(entry.Version);
        arguments.Add((int)kind);
        arguments.Add(Micros.Of(settlement.Ttl));
        arguments.Add(Micros.Of(settlement.Grace));
        if (row is not null)
        {
            arguments.Add(row.Version);
            arguments.Add(row.IsTombstone ? default(ReadOnlyMemory<byte>) : row.Value);
            arguments.Add(row.ContentType ?? string.Empty);
            arguments.Add(row.IsTombstone ? 1 : 0);
            arguments.Add(Micros.ToField(row.ExpiresAt));
        }
        else if (kind == SettlementKind.DeadLettered)
        {
            arguments.Add(settlement.Error ?? string.Empty);
        }
    }
}
