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
// - The comparison comes first: on every new connection before any other command passes (IServerGate), and before a
//   replica is taken for a master. So no command of this process meets copies that were not looked at, on one server or
//   a replicated set.
// - What comes without a new connection is seen by a look every second: a server that was demoted and promoted again
//   between two looks at the roles, a redirect of a cluster to a node that has just been promoted, and a clock that was
//   set back, under which copies would live on past their time. That second is the bound of what may be missed.
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
    private readonly CancellationTokenSource _stop = new();
    private IRedisClient? _client;
    private Task _running = Task.CompletedTask;

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

    public void Remove(IWatchedCache cache) => _caches.TryRemove(cache, out _);

    /// <summary>Admits a cache's partitions on the connections that are open already.</summary>
    public async ValueTask AdmitAsync(IWatchedCache cache, IRedisClient client, CancellationToken cancellationToken)
    {
        foreach (var node in client.Nodes.Where(static node => node.IsMaster))
        {
            var (look, _, _) = await LookAsync(client, node, cancellationToken).ConfigureAwait(false);
            await VoidAsync(client, node, [cache], look.Reign, force: look.Reign == 0, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask AdmitAsync(RespConnection connection, RedisEndPoint endPoint, CancellationToken cancellation)
    {
        if (_caches.IsEmpty)
        {
            return;
        }

        var sent = time.GetTimestamp();
        var look = await ReadAsync(arguments => RespHandshake.Send(connection, Replies.Text, cancellation, arguments))
            .ConfigureAwait(false);
        var force = Note(endPoint, look, sent).WentBack || look.Reign == 0;
        var replies = Commands(look.Reign, force)
            .ConvertAll(command => RespHandshake.Send(connection, Replies.Boolean, cancellation, command).AsTask());
        foreach (var reply in replies)
        {
            await IgnoringForeignSlotsAsync(reply).ConfigureAwait(false);
        }
    }

    /// <summary>Voids the clean copies of a partition: what was seen of it went back.</summary>
    public async ValueTask VoidAsync(PartitionKeys partition, CancellationToken cancellationToken)
    {
        if (_client is not { } client || client.MasterOf(partition.State) is not { } node)
        {
            return;
        }

        var reign = _seen.TryGetValue(node.EndPoint, out var seen) ? seen.Look.Reign : 0;
        await IgnoringForeignSlotsAsync(AdmitScript.RunAsync(client, node, partition, reign, force: true, cancellationToken).AsTask())
            .ConfigureAwait(false);
        logger.WentBack(node.EndPoint);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
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

    private static async Task IgnoringForeignSlotsAsync(Task<bool> reply)
    {
        try
        {
            await reply.ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Code is "MOVED" or "ASK" or "TRYAGAIN" or "CLUSTERDOWN" or "READONLY")
        {
            // Another node's to serve, which is looked at, too.
        }
    }

    private List<RespArg[]> Commands(long reign, bool force)
    {
        var commands = new List<RespArg[]>();
        foreach (var (cache, _) in _caches)
        {
            foreach (var partition in cache.Keys.Partitions)
            {
                commands.Add(AdmitScript.Command(partition, reign, force));
            }
        }

        return commands;
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(Every, time, _stop.Token).ConfigureAwait(false);
            try
            {
                await LookAtAllAsync(_stop.Token).ConfigureAwait(false);
                foreach (var (cache, _) in _caches)
                {
                    await cache.VerifyAsync(_stop.Token).ConfigureAwait(false);
                }
            }
            catch (Exception) when (!_stop.IsCancellationRequested)
            {
                // Who can't be reached is looked at on its next connection.
            }
        }
    }

    private async ValueTask LookAtAllAsync(CancellationToken cancellationToken)
    {
        var client = _client!;
        foreach (var node in client.Nodes.Where(static node => node.IsMaster && node.IsConnected))
        {
            var (look, changed, wentBack) = await LookAsync(client, node, cancellationToken).ConfigureAwait(false);
            if (changed || wentBack)
            {
                await VoidAsync(client, node, _caches.Keys, look.Reign, wentBack, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What the last looks at all masters say together.</summary>
    private void Judge()
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

    private async ValueTask<(ServerLook Look, bool Changed, bool WentBack)> LookAsync(
        IRedisClient client,
        RedisNode node,
        CancellationToken cancellationToken
    )
    {
        var sent = time.GetTimestamp();
        var look = await ReadAsync(arguments => client.ExecuteAsync(RedisRoute.To(node), Replies.Text, cancellationToken, arguments))
            .ConfigureAwait(false);
        var (changed, wentBack) = Note(node.EndPoint, look, sent);
        return (look, changed, wentBack);
    }

    private static async ValueTask VoidAsync(
        IRedisClient client,
        RedisNode node,
        IEnumerable<IWatchedCache> caches,
        long reign,
        bool force,
        CancellationToken cancellationToken
    )
    {
        foreach (var cache in caches)
        {
            var replies = new List<Task>();
            using (WriteBatch.Begin())
            {
                foreach (var partition in cache.Keys.Partitions)
                {
                    replies.Add(
                        IgnoringForeignSlotsAsync(AdmitScript.RunAsync(client, node, partition, reign, force, cancellationToken).AsTask())
                    );
                }
            }

            await Task.WhenAll(replies).ConfigureAwait(false);
        }
    }

    /// <summary>Notes a look.</summary>
    /// <returns>Whether the server reigns anew, and whether its clock went back.</returns>
    private (bool Changed, bool WentBack) Note(RedisEndPoint endPoint, ServerLook look, long sent)
    {
        var now = new Seen(look, time.GetTimestamp());
        var before = _seen.TryGetValue(endPoint, out var seen) ? seen : null;
        _seen[endPoint] = now;
        Judge();
        if (before is null)
        {
            return (false, false);
        }

        // The least that its clock has gone on by.
        var passed = time.GetElapsedTime(before.Heard, sent) - _clockTolerance;
        var wentBack =
            before.Look.Clock != 0 && look.Clock != 0 && look.Clock < before.Look.Clock + (passed.Ticks / TimeSpan.TicksPerMicrosecond);
        if (wentBack)
        {
            logger.ClockWentBack(endPoint);
        }

        return (look.Reign != before.Look.Reign, wentBack);
    }

    private sealed record Seen(ServerLook Look, long Heard);
}
