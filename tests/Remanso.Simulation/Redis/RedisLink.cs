using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Redis;
using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Connections;
using Remanso.Redis.Resp.Protocol;
using Remanso.Redis.Resp.Subscriptions;
using Remanso.Redis.Tier;
using Remanso.Redis.Watch;
using Remanso.Simulation.World;
using Remanso.Tiers;

namespace Remanso.Simulation.Redis;

// The product's tier with a network under it that is simulated: everything above the client is real, its scripts run on
// a real server. The client itself (connections, pipelines, time-outs) is not: it has tests of its own. What it promises
// is kept here: a connection reaches one process of the server, and no command goes over a new one before the server's
// copies were looked at (IServerGate).

/// <summary>One process's way to Redis.</summary>
internal sealed class RedisLink : RedisCaller, ITierLink, ILinkObserver, IPushReceiver
{
    /// <summary>What the names of all keys begin with.</summary>
    public const string Prefix = "rm";

    private static readonly TimeSpan _longestReconnect = TimeSpan.FromMilliseconds(100);

    private readonly SimKernel _kernel;
    private readonly Dice _dice;
    private readonly RedisTierServer _server;
    private readonly SimTime _time;
    private readonly Host _host;
    private readonly NetworkWeather _weather;
    private readonly Wire _wire;
    private readonly RedisConnection _connection;
    private readonly MessageRelay _relay;
    private readonly Admission _admission;
    private TaskCompletionSource _connected = new();
    private int _reign;
    private long _brokeAt = long.MinValue / 2;

    public RedisLink(
        SimKernel kernel,
        Dice dice,
        RedisTierServer server,
        SimTime time,
        Host host,
        NetworkWeather weather,
        TierOptions options
    )
    {
        (_kernel, _dice, _server, _time, _host, _weather, _reign) = (kernel, dice, server, time, host, weather, server.Reign);
        _wire = new Wire(kernel, dice, host, server.Host, weather, static mayHaveHappened =>
            mayHaveHappened
                ? new RedisTimeoutException("Redis does not answer.", mayHaveRun: true)
                : new RedisConnectionException("Redis is not connected.", mayHaveRun: false)
        );
        _relay = new MessageRelay(kernel, dice, host, weather);
        Node = new RedisNode(
            new RedisEndPoint("sim", RedisEndPoint.DefaultPort),
            (endPoint, _) => new RespLink(endPoint, new RedisOptions(), time, this, this),
            () => _connected.Task.IsCompleted
        )
        {
            IsMaster = true,
        };
        _connection = new RedisConnection(Prefix, time, NullLogger.Instance, _ => this);
        _admission = new Admission(this, new CacheKeys(Prefix, "sim", options.Partitions));
        _connected.SetResult();
        Tier = new RedisTier("sim", options, _connection);
    }

    public ICacheTier Tier { get; }

    /// <summary>When a call failed last, be it that its connection broke: the wire knows only of those that it lost.</summary>
    public long FailedAt => Math.Max(_wire.FailedAt, _brokeAt);

    /// <summary>Whether nobody will ask any more.</summary>
    public bool IsOver => _host.IsDead;

    protected override RedisNode Node { get; }

    public void BreakSignals() => _relay.Break();

    public void MendSignals()
    {
        if (_connected.Task.IsCompleted)
        {
            _relay.Mend();
        }
    }

    public ValueTask CloseAsync() => _connection.DisposeAsync();

    /// <summary>The server ended: what is under way is lost, and a new connection is made.</summary>
    public void Disconnect()
    {
        _reign = _server.Reign;
        _brokeAt = _kernel.Now;
        if (_connected.Task.IsCompleted)
        {
            _connected = new();
        }

        _relay.Break();
        _ = ReconnectAsync(_reign);
    }

    /// <summary>Something was published.</summary>
    public void Publish(in RedisMessage message) => _relay.Send(message);

    public override async ValueTask<IAsyncDisposable> SubscribeAsync(
        RedisChannel channel,
        IRedisSubscriber subscriber,
        CancellationToken cancellation
    )
    {
        await ConnectedAsync(cancellation).ConfigureAwait(false);
        await _wire
            .CallAsync(
                new CallName("subscribe", channel.Name),
                () =>
                {
                    _server.Subscribe(channel.Name);
                    _relay.Add(channel.Name, subscriber);
                    return ValueTask.FromResult(true);
                },
                cancellation
            )
            .ConfigureAwait(false);
        return _relay.Of(channel.Name);
    }

    void ILinkObserver.OnConnected(RespLink link) { }

    void ILinkObserver.OnDisconnected(RespLink link, Exception reason) { }

    bool IPushReceiver.OnPush(ref RespReader push, RespCommand? oldest) => false;

    protected override ValueTask<T> RunAsync<T>(RedisCommand command, ReplyParser<T> parser, CancellationToken cancellation) =>
        _connected.Task.IsCompleted ? new(CallAsync(command, parser, cancellation)) : WaitAndCallAsync(command, parser, cancellation);

    private async ValueTask<T> WaitAndCallAsync<T>(RedisCommand command, ReplyParser<T> parser, CancellationToken cancellation)
    {
        await ConnectedAsync(cancellation).ConfigureAwait(false);
        return await CallAsync(command, parser, cancellation).ConfigureAwait(false);
    }

    private Task<T> CallAsync<T>(RedisCommand command, ReplyParser<T> parser, CancellationToken cancellation)
    {
        var reign = _reign;
        return _wire.CallAsync(
            new CallName(command.Name),
            () =>
                reign == _server.Reign
                    ? ValueTask.FromResult(_server.Run(command, parser))
                    : throw new RedisConnectionException("Redis is gone.", mayHaveRun: true),
            cancellation
        );
    }

    private async ValueTask ConnectedAsync(CancellationToken cancellation)
    {
        try
        {
            await _connected.Task.WaitAsync(_weather.Patience, _time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RedisTimeoutException("Redis is not connected.", mayHaveRun: false);
        }
    }

    private async Task ReconnectAsync(int reign)
    {
        while (true)
        {
            await _kernel.Delay(_host, _dice.Wait(_longestReconnect)).ConfigureAwait(false);
            if (reign != _server.Reign)
            {
                return;
            }

            try
            {
                await _connection.Servers.AdmitAsync(_admission, _admission, CancellationToken.None).ConfigureAwait(false);
                break;
            }
            catch (RedisException)
            {
                // The next attempt comes soon.
            }
        }

        if (reign == _server.Reign && _connected.TrySetResult())
        {
            _relay.Mend();
        }
    }

    /// <summary>What passes over a connection before all else.</summary>
    private sealed class Admission(RedisLink link, CacheKeys keys) : RedisCaller, IWatchedCache
    {
        public CacheKeys Keys => keys;

        protected override RedisNode Node => link.Node;

        public void NoteRoom(long bytes) { }

        public ValueTask VerifyAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        protected override ValueTask<T> RunAsync<T>(RedisCommand command, ReplyParser<T> parser, CancellationToken cancellation) =>
            new(link.CallAsync(command, parser, cancellation));
    }
}
