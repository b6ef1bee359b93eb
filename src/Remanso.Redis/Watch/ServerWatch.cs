using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Watch;

// A server may come back with less than it had: a restart whose log lost its end, a restored backup, a replica that
// lagged and was promoted. Its clean copies may then be older than what was answered from it, and older than the
// store's rows. Nothing in the data says so, but the server does: its run id and its replication id change (together
// its "reign").
//
// - Each partition states the reign under which its clean copies were made, beside the epoch that they carry.
//   AdmitScript compares, and voids them all in one step where it differs.
// - The comparison comes first (IServerGate): a connection takes no command that its key leads there before its server
//   was looked at as a master, and none any more once that is heard to be a replica (RespConnection.IsAdmitted). A
//   replica admits nothing, so a promotion is looked at, on whatever connection. So no command of this process meets
//   copies that were not looked at.
// - What comes without a new connection is seen by a look every second: a master that was made a replica, or was that and
//   was promoted again between two looks at the roles, and a clock that was set back, under which copies would live on
//   past their time. That second is the bound of what may be missed.
// - What a server could not answer is owed (OwedAdmissions), and asked again with each look until it has. A master of a
//   cluster that has just come back says CLUSTERDOWN for two seconds: commands of its slots meet the same until then, and
//   its copies for a second more at most.
// - A server that takes no writes for now (a full disk, too few replicas) runs no script that might write. Where the reign
//   is the one that the partition states, that is enough, and the connection passes; else it is given up.
// - What is dirty stays. It may be older than its row, too, so it has returned: it is compared with that before it counts (fill.lua).
//
// The same look sees an eviction policy that came later, and how full the server is.

/// <summary>Looks after the servers of one provider for as long as it lives.</summary>
internal sealed class ServerWatch(TimeProvider time, ILogger logger) : IServerGate, IAsyncDisposable
{
    /// <summary>How often each master is looked at.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    // Above it nothing is cached any more, and above the second nothing new becomes dirty: what moves to the store
    // shall find room to move in.
    public const int FillsEndAt = 90;
    public const int WritesEndAt = 95;

    // NTP slews and small steps are no reason to drop a cache.
    private static readonly TimeSpan _clockTolerance = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<RedisEndPoint, Seen> _seen = new();
    private readonly ConcurrentDictionary<IWatchedCache, byte> _caches = new();
    private readonly Dictionary<(CacheKeys Cache, RedisEndPoint Server), (Task Voiding, long Began)> _voids = [];
    private readonly OwedAdmissions _owed = new();
    private readonly Lock _judging = new();
    private readonly CancellationTokenSource _stop = new();
    private IRedisClient? _client;
    private Task _running = Task.CompletedTask;

    /// <summary>What the masters have of their data after a crash.</summary>
    public PersistenceWatch Persistence { get; } = new(time);

    /// <summary>Why nothing may be written now, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether nothing new may be cached for want of memory.</summary>
    public bool FillsEnd { get; private set; }

    /// <summary>Begins to look, once.</summary>
    public void Start(IRedisClient client)
    {
        if (Interlocked.CompareExchange(ref _client, client, null) is null)
        {
            _running = RunAsync();
        }
    }

    /// <summary>Looks after a cache from now on: its partitions are admitted on every connection.</summary>
    public void Add(IWatchedCache cache) => _caches.TryAdd(cache, 0);

    public void Remove(IWatchedCache cache)
    {
        _caches.TryRemove(cache, out _);
        _owed.Forget(cache.Keys);
        lock (_judging)
        {
            foreach (var cached in _voids.Keys.Where(one => one.Cache == cache.Keys).ToList())
            {
                _voids.Remove(cached);
            }
        }
    }

    /// <summary>Admits a cache's partitions on the connections that are open already.</summary>
    public async ValueTask AdmitAsync(IWatchedCache cache, IRedisClient client, CancellationToken cancellationToken)
    {
        foreach (var node in client.Nodes.Where(static node => node.IsMaster))
        {
            var look = await LookAsync(client, node, cancellationToken).ConfigureAwait(false);
            Owe(node.EndPoint, [cache], force: look.Reign == 0);
            await PayAsync(client, node, look.Reign, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask<bool> AdmitAsync(RespConnection connection, RedisEndPoint endPoint, CancellationToken cancellation)
    {
        Persistence.Doubt(endPoint);
        if (_caches.IsEmpty)
        {
            return true;
        }

        var sent = time.GetTimestamp();
        var look = await ReadAsync(arguments => RespHandshake.Send(connection, Replies.Text, cancellation, arguments))
            .ConfigureAwait(false);
        Note(endPoint, look, sent);
        if (look.IsReplica)
        {
            return false;
        }

        Owe(endPoint, _caches.Keys, force: look.Reign == 0);
        var admitted = await Task.WhenAll(
                _owed
                    .At(endPoint)
                    .Select(admission =>
                        PaidByAsync(
                            RespHandshake.Send(
                                connection,
                                Replies.Boolean,
                                cancellation,
                                AdmitScript.Command(admission.Partition, look.Reign, admission.Force)
                            ),
                            admission,
                            look.Reign,
                            arguments => RespHandshake.Send(connection, AdmitScript.Stated, cancellation, arguments)
                        )
                    )
                    .ToArray()
            )
            .ConfigureAwait(false);
        return !admitted.Contains(false);
    }

    /// <summary>Voids the clean copies of a cache at the server of a partition: what was seen of that went back, and so has
    /// what lies beside it.</summary>
    public async ValueTask VoidAsync(CacheKeys keys, PartitionKeys partition, CancellationToken cancellationToken)
    {
        if (_client is not { } client || client.MasterOf(partition.State) is not { } node)
        {
            return;
        }

        Task voiding;
        lock (_judging)
        {
            var before = _voids.GetValueOrDefault((keys, node.EndPoint));
            if (before.Voiding is not { IsCompleted: false })
            {
                var isNew = before.Voiding is null || time.GetElapsedTime(before.Began) >= Every;
                before = (VoidAllAsync(client, node, keys, isNew), time.GetTimestamp());
                _voids[(keys, node.EndPoint)] = before;
            }

            voiding = before.Voiding;
        }

        await voiding.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>Once for all who meet the same.</summary>
    private async Task VoidAllAsync(IRedisClient client, RedisNode node, CacheKeys keys, bool isToBeTold)
    {
        await Task.Yield();
        var partitions = keys.Partitions.ToArray().Where(one => client.MasterOf(one.State) == node).ToList();
        partitions.ForEach(one => _owed.Owe(node.EndPoint, one, force: true));
        if (isToBeTold)
        {
            logger.WentBack(keys.Cache, node.EndPoint, partitions.Count);
        }

        var reign = _seen.TryGetValue(node.EndPoint, out var seen) ? seen.Look.Reign : 0;
        await PayAsync(client, node, reign, _stop.Token).ConfigureAwait(false);
    }

    private static async ValueTask<ServerLook> ReadAsync(Func<RespArg[], ValueTask<string?>> ask)
    {
        try
        {
            return ServerLook.From(
                RedisSettings.Parse(await ask(["INFO", "server", "memory", "replication"]).ConfigureAwait(false) ?? string.Empty)
            );
        }
        catch (Exception exception) when (exception is RedisServerException { IsRefusal: true } or InvalidDataException)
        {
            return ServerLook.Unknown;
        }
    }

    private void Owe(RedisEndPoint server, IEnumerable<IWatchedCache> caches, bool force)
    {
        foreach (var cache in caches)
        {
            foreach (var partition in cache.Keys.Partitions)
            {
                _owed.Owe(server, partition, force);
            }
        }
    }

    private async ValueTask PayAsync(IRedisClient client, RedisNode node, long reign, CancellationToken cancellationToken)
    {
        var replies = new List<Task<bool>>();
        using (WriteBatch.Begin())
        {
            foreach (var admission in _owed.At(node.EndPoint))
            {
                replies.Add(
                    PaidByAsync(
                        AdmitScript.RunAsync(client, node, admission.Partition, reign, admission.Force, cancellationToken),
                        admission,
                        reign,
                        arguments => client.ExecuteAsync(RedisRoute.To(node), AdmitScript.Stated, cancellationToken, arguments)
                    )
                );
            }
        }

        if ((await Task.WhenAll(replies).ConfigureAwait(false)).Contains(false))
        {
            Dismiss(client, node);
        }
    }

    /// <summary>A replica admits nothing, and nothing is read from it until it was looked at as a master.</summary>
    private static void Dismiss(IRedisClient client, RedisNode node)
    {
        node.Dismiss();
        client.RefreshTopology();
    }

    /// <returns>False where the server is a replica: it has paid nothing.</returns>
    private async Task<bool> PaidByAsync(ValueTask<bool> reply, Admission admission, long reign, Func<RespArg[], ValueTask<long?>> ask)
    {
        try
        {
            await reply.ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Code is "MOVED" or "ASK" or "TRYAGAIN")
        {
            // Another node's to serve, which is looked at, too.
        }
        catch (RedisServerException exception) when (exception.Code == "READONLY")
        {
            return false;
        }
        catch (RedisServerException exception) when (exception.Code == "CLUSTERDOWN")
        {
            // It may be this node's.
            return true;
        }
        catch (RedisServerException exception) when (exception.RefusesWrites && !admission.Force)
        {
            // It runs no script that may write. Under the same reign this one would have written nothing; and in a
            // partition without anything, nothing is to be void.
            switch (await ask(AdmitScript.StatedCommand(admission.Partition)).ConfigureAwait(false))
            {
                case null:
                    return true;
                case { } stated when stated != reign:
                    throw;
            }
        }

        _owed.Paid(admission);
        return true;
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        var looks = new Looks();
        try
        {
            while (true)
            {
                await Task.Delay(Every, time, _stop.Token).ConfigureAwait(false);
                looks.Tidy();
                ForgetGone();
                // Each by itself: a server that hangs holds up no look at another.
                foreach (var node in _client!.Nodes.Where(static node => node.IsMaster && node.IsConnected))
                {
                    looks.Begin(node, () => LookAfterAsync(node));
                }

                foreach (var (cache, _) in _caches)
                {
                    looks.Begin(cache, () => cache.VerifyAsync(_stop.Token));
                }
            }
        }
        finally
        {
            await looks.UnderWay.ConfigureAwait(false);
        }
    }

    /// <summary>Forgets servers that are known no more: they may come and go under new addresses for ever. What is owed
    /// in any case stays owed; the rest is owed anew on the next connection.</summary>
    private void ForgetGone()
    {
        var servers = _client!.Nodes.Select(static node => node.EndPoint).ToHashSet();
        foreach (var gone in _seen.Keys.Where(server => !servers.Contains(server)))
        {
            _seen.TryRemove(gone, out _);
        }

        _owed.Keep(servers);
        Persistence.Keep(servers);
    }

    private async ValueTask LookAfterAsync(RedisNode node)
    {
        var look = await LookAsync(_client!, node, _stop.Token).ConfigureAwait(false);
        try
        {
            await PayAsync(_client!, node, look.Reign, _stop.Token).ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.RefusesWrites)
        {
            // That may last for hours, and its copies may be old: nothing is read there until they can be void.
            node.Break(exception);
        }
    }

    /// <summary>What the last looks at all masters say together.</summary>
    private void Judge()
    {
        lock (_judging)
        {
            JudgeAll();
        }
    }

    private void JudgeAll()
    {
        var looks = _seen.Where(seen => _client is null || _client.Nodes.Any(node => node.IsMaster && node.EndPoint == seen.Key)).ToArray();
        FillsEnd = Array.Exists(looks, static seen => seen.Value.Look.IsFullTo(FillsEndAt));
        var room = looks.Select(static seen => seen.Value.Look.RoomTo(WritesEndAt)).DefaultIfEmpty(long.MaxValue).Min();
        foreach (var (cache, _) in _caches)
        {
            cache.NoteRoom(room);
        }

        var unsafeLook = Array.Find(looks, static seen => seen.Value.Look.MayEvictAll);
        NoteProblem(unsafeLook.Key, unsafeLook.Value?.Look);
    }

    private void NoteProblem(RedisEndPoint server, ServerLook? look)
    {
        var was = Problem;
        Problem = look is null
            ? null
            : $"Redis {server} has maxmemory-policy {look.EvictionPolicy}, which may evict writes that the store does not "
                + "have yet: use noeviction or a volatile-* policy.";
        if (was is null && look is not null)
        {
            logger.EvictionPolicyUnsafe(server, look.EvictionPolicy!);
        }

        if (was is not null && look is null)
        {
            logger.EvictionPolicySafe();
        }
    }

    private async ValueTask<ServerLook> LookAsync(IRedisClient client, RedisNode node, CancellationToken cancellationToken)
    {
        var sent = time.GetTimestamp();
        var look = await ReadAsync(arguments => client.ExecuteAsync(RedisRoute.To(node), Replies.Text, cancellationToken, arguments))
            .ConfigureAwait(false);
        Note(node.EndPoint, look, sent);
        if (look.IsReplica)
        {
            Dismiss(client, node);
        }

        return look;
    }

    /// <summary>Notes a look, and what is owed where the server reigns anew or its clock went back.</summary>
    private void Note(RedisEndPoint endPoint, ServerLook look, long sent)
    {
        var now = new Seen(look, time.GetTimestamp());
        var before = _seen.TryGetValue(endPoint, out var seen) ? seen : null;
        _seen[endPoint] = now;
        Judge();
        if (before is null)
        {
            return;
        }

        // The least that its clock has gone on by.
        var passed = time.GetElapsedTime(before.Heard, sent) - _clockTolerance;
        var wentBack =
            before.Look.Clock != 0 && look.Clock != 0 && look.Clock < before.Look.Clock + (passed.Ticks / TimeSpan.TicksPerMicrosecond);
        if (wentBack)
        {
            logger.ClockWentBack(endPoint);
        }

        if (look.Reign != before.Look.Reign)
        {
            Persistence.Doubt(endPoint);
        }

        if (wentBack || look.Reign != before.Look.Reign)
        {
            Owe(endPoint, _caches.Keys, force: wentBack);
        }
    }

    private sealed record Seen(ServerLook Look, long Heard);
}
