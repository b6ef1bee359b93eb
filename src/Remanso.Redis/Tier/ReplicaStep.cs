using System.Collections.Concurrent;
using Remanso.Common;
using Remanso.Redis.Resp;

namespace Remanso.Redis.Tier;

// The order. A WAIT covers the writes before it on its own connection. So a small write goes in front of it, on the
// connection for waits, after the writes to be covered have been answered: what was written before the small one is
// replicated before it.
//
// A fail-over in between would let the WAIT succeed at a new master that never got the write. So each entry is looked
// at afterwards: it is still there, in this version or a higher one, or the level was not reached. One that is gone may
// have been stored and left no copy: whoever has a store asks that (DurabilityLevels).

/// <summary>Waits until replicas have accepted writes: one WAIT of a server serves all who wait there.</summary>
internal sealed class ReplicaStep(TierContext tier, IRedisClient client, int replicas)
{
    private static readonly TimeSpan _longestRound = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<RedisEndPoint, SharedRounds<(RedisNode Node, PartitionKeys Partition), Round>> _rounds = [];

    /// <summary>Why no write can have so many replicas now, or null.</summary>
    public string? WhyNot()
    {
        foreach (var node in client.Nodes)
        {
            if (node.IsMaster && node.Replicas < replicas)
            {
                // It may just have got one: the next to ask shall know.
                client.RefreshTopology();
                // Clients are told of it, so not which one.
                return $"a master of Redis has {node.Replicas} connected replicas, and Tier:Replicas asks for {replicas}.";
            }
        }

        return null;
    }

    /// <summary>Waits for one key's version.</summary>
    public async ValueTask EnsureAsync(string key, long version, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var began = tier.Time.GetTimestamp();
        var partition = tier.Keys.Of(key);
        var round = new Round(0, null);
        while (round.Replicas < replicas)
        {
            var left = atMost - tier.Time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                throw NotReached(version, round, atMost);
            }

            try
            {
                round = await JoinAsync(partition, left).WaitAsync(left, tier.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Told above.
            }
        }

        if (await VersionAsync(partition, key, cancellationToken).ConfigureAwait(false) < version)
        {
            throw new DurabilityNotReachedException(
                version,
                Durability.Replicated,
                "Redis no longer has it: a fail-over lost it, or it was stored and dropped meanwhile.",
                isAccepted: false
            );
        }
    }

    private async Task<Round> JoinAsync(PartitionKeys partition, TimeSpan left)
    {
        var round = client.MasterOf(partition.Written) is { } node
            ? await RoundsAt(node.EndPoint).JoinAsync((node, partition)).ConfigureAwait(false)
            : new Round(0, "its master is not known");
        if (round.Failure is not null)
        {
            await Task.Delay(left < _pause ? left : _pause, tier.Time).ConfigureAwait(false);
        }

        return round;
    }

    private SharedRounds<(RedisNode Node, PartitionKeys Partition), Round> RoundsAt(RedisEndPoint server)
    {
        if (_rounds.TryGetValue(server, out var rounds))
        {
            return rounds;
        }

        // Servers may come and go under new addresses for ever.
        foreach (var gone in _rounds.Keys.Except(client.Nodes.Select(static node => node.EndPoint)))
        {
            _rounds.TryRemove(gone, out _);
        }

        return _rounds.GetOrAdd(server, _ => new(asked => WaitAsync(asked.Node, asked.Partition)));
    }

    private async Task<Round> WaitAsync(RedisNode node, PartitionKeys partition)
    {
        try
        {
            var waited = await client
                .ExecuteWithWaitAsync(
                    RedisRoute.To(node),
                    Replies.Done,
                    new WaitFor(replicas, _longestRound),
                    null,
                    CancellationToken.None,
                    "SET",
                    partition.Written,
                    1,
                    "PX",
                    (long)_longestRound.TotalMilliseconds
                )
                .ConfigureAwait(false);
            return new Round(waited.Replicas, waited.Failure?.Message);
        }
        catch (RedisException exception)
        {
            return new Round(0, exception.Message);
        }
    }

    private ValueTask<long> VersionAsync(PartitionKeys partition, string key, CancellationToken cancellationToken) =>
        tier.Calls.RunAsync(
            static (client, name, token) =>
                client.ExecuteAsync(
                    RedisRoute.FirstKey,
                    EntryLayout.VersionReply,
                    token,
                    "GETRANGE",
                    name,
                    EntryLayout.VersionFirst,
                    EntryLayout.VersionLast
                ),
            partition.EntryOf(key),
            cancellationToken
        );

    private DurabilityNotReachedException NotReached(long version, Round round, TimeSpan atMost) =>
        new(
            version,
            Durability.Replicated,
            $"{round.Replicas} of {replicas} replicas confirmed it within {atMost.TotalSeconds:0.###} "
                + $"s{(round.Failure is null ? "." : $"; {round.Failure}")}"
        );

    /// <summary>What one WAIT gave.</summary>
    private sealed record Round(int Replicas, string? Failure);
}
