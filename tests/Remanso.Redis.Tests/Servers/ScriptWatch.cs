using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Redis.Resp;

namespace Remanso.Redis.Tests.Servers;

/// <summary>A client before whose scripts a test looks, or throws; and whose plain commands may be lost, or answered late.</summary>
internal sealed class ScriptWatch(IRedisClient inner) : IRedisClient
{
    /// <summary>Told of each script and how many keys it has; what it throws is what the call ends with.</summary>
    public Action<RedisScript, int>? Before { get; set; }

    /// <summary>Which plain commands are lost on their way.</summary>
    public Func<RespArg, bool> IsLost { get; set; } = static _ => false;

    /// <summary>What the caller of a plain command that is sent now waits for once its reply is there.</summary>
    public Func<Task> BeforeLook { get; set; } = static () => Task.CompletedTask;

    /// <summary>Until when it is kept back that a subscription is in force.</summary>
    public Task Confirmed { get; set; } = Task.CompletedTask;

    /// <summary>A connection that is watched so.</summary>
    public static RedisConnection Connect(string address, out ScriptWatch scripts, Action<RedisTimings>? set = null, ILogger? log = null)
    {
        ScriptWatch? watch = null;
        var options = PatientOptions.Of(address);
        set?.Invoke(options.Timings);
        var connection = new RedisConnection("rm", TimeProvider.System, log ?? NullLogger.Instance, gate =>
            watch = new ScriptWatch(new RedisClient(options, TimeProvider.System, gate))
        );
        scripts = watch!;
        return connection;
    }

    public RedisClientState State => inner.State;

    public IReadOnlyCollection<RedisNode> Nodes => inner.Nodes;

    public Task ConnectAsync(CancellationToken cancellation) => inner.ConnectAsync(cancellation);

    public void RefreshTopology() => inner.RefreshTopology();

    public RedisNode? MasterOf(RespArg key) => inner.MasterOf(key);

    public ValueTask<T> ExecuteAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    ) => IsLost(arguments[0]) ? LoseAsync<T>() : LookAsync(inner.ExecuteAsync(route, parser, cancellation, arguments), BeforeLook);

    public ValueTask<T> EvalAsync<T>(
        RedisScript script,
        ReplyParser<T> parser,
        ReadOnlySpan<RespArg> keys,
        ReadOnlySpan<RespArg> arguments,
        CancellationToken cancellation,
        RedisNode? node = null
    )
    {
        Before?.Invoke(script, keys.Length);
        return inner.EvalAsync(script, parser, keys, arguments, cancellation, node);
    }

    public Task<Waited<T>> ExecuteWithWaitAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        WaitFor wait,
        RedisScript? script,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    ) => inner.ExecuteWithWaitAsync(route, parser, wait, script, cancellation, arguments);

    public async ValueTask<IAsyncDisposable> SubscribeAsync(
        RedisChannel channel,
        IRedisSubscriber subscriber,
        CancellationToken cancellation
    )
    {
        var subscription = await inner.SubscribeAsync(channel, subscriber, cancellation);
        await Confirmed;
        return subscription;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static async ValueTask<T> LookAsync<T>(ValueTask<T> reply, Func<Task> before)
    {
        var value = await reply;
        await before();
        return value;
    }

    private static async ValueTask<T> LoseAsync<T>()
    {
        await Task.Yield();
        throw new RedisConnectionException("planned", mayHaveRun: true);
    }
}
