using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Protocol;
using Remanso.Redis.Resp.Subscriptions;

namespace Remanso.Simulation.Redis;

/// <summary>A client of the simulated network's one server: what it does with a command is its subclass's.</summary>
internal abstract class RedisCaller : IRedisClient
{
    public RedisClientState State => new(IsConnected: true, IsCluster: false, LastError: null);

    public IReadOnlyCollection<RedisNode> Nodes => [Node];

    public Task ConnectAsync(CancellationToken cancellation) => Task.CompletedTask;

    public void RefreshTopology() { }

    public RedisNode? MasterOf(RespArg key) => Node;

    public ValueTask<T> ExecuteAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    ) => RunAsync(new RedisCommand(RedisSocket.Encode(arguments), null, $"{arguments[0].Text} {arguments[^1].Text}"), parser, cancellation);

    public ValueTask<T> EvalAsync<T>(
        RedisScript script,
        ReplyParser<T> parser,
        ReadOnlySpan<RespArg> keys,
        ReadOnlySpan<RespArg> arguments,
        CancellationToken cancellation,
        RedisNode? node = null
    ) =>
        RunAsync(
            new RedisCommand(
                RedisSocket.Encode(["EVALSHA", script.Sha1, keys.Length, .. keys, .. arguments]),
                script,
                $"{script.Sha1[..6]} {(keys.IsEmpty ? null : keys[0].Text)}"
            ),
            parser,
            cancellation
        );

    public Task<Waited<T>> ExecuteWithWaitAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        WaitFor wait,
        RedisScript? script,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    ) => throw new NotSupportedException("There are no replicas.");

    public virtual ValueTask<IAsyncDisposable> SubscribeAsync(
        RedisChannel channel,
        IRedisSubscriber subscriber,
        CancellationToken cancellation
    ) => throw new NotSupportedException("It only asks.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The one server.</summary>
    protected abstract RedisNode Node { get; }

    protected abstract ValueTask<T> RunAsync<T>(RedisCommand command, ReplyParser<T> parser, CancellationToken cancellation);
}
