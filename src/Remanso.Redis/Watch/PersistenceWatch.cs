using System.Collections.Concurrent;
using Remanso.Common;
using Remanso.Redis.Resp;

namespace Remanso.Redis.Watch;

// Somebody may change appendfsync while a server runs, and the master that takes over may have another one. So a logged
// write is judged after it was made, by what each master said since then, or at most MostAge before. Who writes all the
// time asks each server once in that time, and writes that wait for an answer share it.

/// <summary>Knows what the masters have of their data after a crash.</summary>
internal sealed class PersistenceWatch(TimeProvider time)
{
    /// <summary>What a server said longer ago than this says nothing of a write.</summary>
    public static readonly TimeSpan MostAge = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<RedisEndPoint, Server> _servers = new();
    private IRedisClient? _client;

    /// <summary>What the weakest of the masters has, as far as is known; null where nothing is.</summary>
    public RedisPersistence? Weakest => WeakestOf(Masters());

    /// <summary>Asks this client's servers from now on.</summary>
    public void Start(IRedisClient client) => _client = client;

    /// <summary>Notes what a server said.</summary>
    /// <param name="server">Which.</param>
    /// <param name="persistence">What it has.</param>
    /// <param name="asked">The timestamp of before it was asked.</param>
    public void Note(RedisEndPoint server, RedisPersistence persistence, long asked) => Of(server).Note(new Said(persistence, asked));

    /// <summary>It may be another server than before: what it said is too old for any write, also where it was asked
    /// already.</summary>
    public void Doubt(RedisEndPoint server)
    {
        if (_servers.TryGetValue(server, out var before))
        {
            _servers[server] = new Server(time) { Last = before.Last is { } last ? last with { Asked = null } : null };
        }
    }

    /// <summary>Forgets all servers but these.</summary>
    public void Keep(IReadOnlySet<RedisEndPoint> servers)
    {
        foreach (var server in _servers.Keys.Where(server => !servers.Contains(server)))
        {
            _servers.TryRemove(server, out _);
        }
    }

    /// <summary>Why a write would not survive a crash of Redis, as far as is known; or null. What refuses it is read again in
    /// the background once it is old; what lets it pass is, after the write.</summary>
    public string? WhyNot()
    {
        var masters = Masters();
        var reason = Reason(WeakestOf(masters));
        foreach (var node in reason is null ? [] : masters)
        {
            var server = Of(node.EndPoint);
            if (!server.IsFresh && !server.IsReading)
            {
                TryReadAsync(server, node).Forget();
            }
        }

        return reason;
    }

    /// <summary>Why a write that was made before this call does not survive a crash of Redis, or null.</summary>
    /// <param name="node">Who serves its key; null while that is not known.</param>
    /// <exception cref="RedisException">That server did not tell.</exception>
    public async ValueTask<string?> WhyNotAsync(RedisNode? node)
    {
        if (_client is null || node is null)
        {
            const string Unknown = "No master of Redis is known.";
            throw new RedisConnectionException(Unknown, mayHaveRun: false, reason: Unknown);
        }

        // The others count, too: while a cluster moves a slot, the write may have been made there. One that is away may
        // still be named as a master, and must not hold up who does not need it.
        RedisNode[] masters = [node, .. Masters().Where(other => other != node)];
        // Held on to: one that comes into doubt meanwhile would lose what this question brings.
        var servers = Array.ConvertAll(masters, master => Of(master.EndPoint));
        List<Task>? reads = null;
        foreach (var (master, server) in masters.Zip(servers))
        {
            if (!server.IsFresh && (master == node || master is { IsConnected: true, IsSilent: false }))
            {
                (reads ??= []).Add(master == node ? server.ReadAsync(_client, node) : TryReadAsync(server, master));
            }
        }

        if (reads is not null)
        {
            await Task.WhenAll(reads).ConfigureAwait(false);
        }

        return Reason(servers.Min(static server => server.Last?.Persistence));
    }

    private static string? Reason(RedisPersistence? persistence) =>
        persistence switch
        {
            null or RedisPersistence.EveryWrite => null,
            RedisPersistence.None => "Redis keeps no append-only file; it needs appendonly yes and appendfsync always.",
            RedisPersistence.Unknown => "Redis does not tell how it persists; allow this user CONFIG GET appendfsync.",
            _ => "Redis does not sync each write to disk; it needs appendfsync always.",
        };

    private async Task TryReadAsync(Server server, RedisNode node)
    {
        try
        {
            await server.ReadAsync(_client!, node).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException)
        {
            // A server that is away takes no writes either.
        }
    }

    private RedisNode[] Masters() => _client is null ? [] : [.. _client.Nodes.Where(static node => node.IsMaster)];

    private RedisPersistence? WeakestOf(IEnumerable<RedisNode> masters) =>
        masters.Min(master => _servers.TryGetValue(master.EndPoint, out var server) ? server.Last?.Persistence : null);

    private Server Of(RedisEndPoint endPoint) => _servers.GetOrAdd(endPoint, static (_, time) => new Server(time), time);

    /// <summary>What is known of one server.</summary>
    private sealed class Server(TimeProvider time)
    {
        private readonly SharedRounds<(IRedisClient Client, RedisNode Node), RedisPersistence> _rounds = new(static asked =>
            RedisSettings.PersistenceAsync(asked.Client, asked.Node)
        );
        private Said? _last;
        private int _reading;

        public Said? Last
        {
            get => Volatile.Read(ref _last);
            init => _last = value;
        }

        public bool IsReading => Volatile.Read(ref _reading) > 0;

        public bool IsFresh => Last is { Asked: { } asked } && time.GetElapsedTime(asked) <= MostAge;

        /// <summary>Asks it: what it says is from after this call.</summary>
        public async Task ReadAsync(IRedisClient client, RedisNode node)
        {
            Interlocked.Increment(ref _reading);
            try
            {
                var asked = time.GetTimestamp();
                Note(new Said(await _rounds.JoinAsync((client, node)).ConfigureAwait(false), asked));
            }
            finally
            {
                Interlocked.Decrement(ref _reading);
            }
        }

        /// <summary>Notes what it said, unless it has said something later.</summary>
        public void Note(Said said)
        {
            Said? last;
            do
            {
                last = Last;
                if (last?.Asked > said.Asked)
                {
                    return;
                }
            } while (Interlocked.CompareExchange(ref _last, said, last) != last);
        }
    }

    /// <summary>What it said, and the timestamp of before it was asked; null where that is too long ago in any case.</summary>
    private sealed record Said(RedisPersistence Persistence, long? Asked);
}
