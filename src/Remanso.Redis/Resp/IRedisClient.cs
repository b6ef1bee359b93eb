namespace Remanso.Redis.Resp;

// To send many commands together, issue them all before awaiting the first, inside a WriteBatch: those for one server
// leave in one write.
//
// Commands may run again after a redirect that refused them, never after they may have run: whether to repeat those is
// the caller's to know (RedisConnectionException.MayHaveRun).

/// <summary>
/// Redis, for this project: one pipelined connection per server, shared by all callers, whether there is one server, a
/// replicated set or a cluster behind it.
/// </summary>
internal interface IRedisClient : ICommandSender, IAsyncDisposable
{
    /// <summary>How it fares at this moment.</summary>
    RedisClientState State { get; }

    /// <summary>The servers known, replicas included. Changes with the topology.</summary>
    IReadOnlyCollection<RedisNode> Nodes { get; }

    /// <summary>Waits until the servers' roles are known and every master is connected. Not needed before commands,
    /// which wait for that themselves.</summary>
    /// <exception cref="RedisException">They are not within the connect time-out, and why.</exception>
    Task ConnectAsync(CancellationToken cancellation);

    /// <summary>Asks the servers for their roles again, soon: somebody doubts what is known.</summary>
    void RefreshTopology();

    /// <summary>The master that serves a key; null while the topology is unknown.</summary>
    RedisNode? MasterOf(RespArg key);

    /// <summary>Runs a script by its digest; a server that does not know it is sent the body, once.</summary>
    /// <typeparam name="T">What the reply becomes.</typeparam>
    /// <param name="script">The script.</param>
    /// <param name="parser">Reads what it returns.</param>
    /// <param name="keys">Its KEYS, all in one slot. The first decides where it runs; with none it runs on any
    /// master.</param>
    /// <param name="arguments">Its ARGV.</param>
    /// <param name="cancellation">As for a command.</param>
    /// <param name="node">The server to run on, instead of the one that the first key belongs to.</param>
    ValueTask<T> EvalAsync<T>(
        RedisScript script,
        ReplyParser<T> parser,
        ReadOnlySpan<RespArg> keys,
        ReadOnlySpan<RespArg> arguments,
        CancellationToken cancellation,
        RedisNode? node = null
    );

    /// <summary>Sends a write and right behind it, on the same connection, a WAIT: so the wait covers it.
    /// Such commands have a connection of their own per server, for a wait holds up what comes behind.</summary>
    /// <param name="route">Where it goes.</param>
    /// <param name="parser">Reads the write's reply.</param>
    /// <param name="wait">What to wait for.</param>
    /// <param name="script">The script that the arguments name by digest (EVALSHA); null otherwise.</param>
    /// <param name="cancellation">As for a command.</param>
    /// <param name="arguments">The write.</param>
    /// <exception cref="RedisException">The write failed, as for a command. A failed wait behind a successful write is
    /// not thrown but told in the result.</exception>
    Task<Waited<T>> ExecuteWithWaitAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        WaitFor wait,
        RedisScript? script,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    );

    /// <summary>Subscribes, and stays subscribed through reconnects and changes of topology until disposed.</summary>
    /// <returns>Completes when the server has confirmed the first time.</returns>
    ValueTask<IAsyncDisposable> SubscribeAsync(RedisChannel channel, IRedisSubscriber subscriber, CancellationToken cancellation);
}
