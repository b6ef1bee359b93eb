namespace Remanso.Redis.Resp;

/// <summary>Puts the parts together: topology, links, router, heartbeat, subscriptions.</summary>
internal sealed class RedisClient : IRedisClient, ILinkObserver, IPushReceiver, ISearchObserver
{
    /// <summary>A master that owes an answer for so long may hang; whether another has taken over is asked then.</summary>
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(1);

    private readonly RedisOptions _options;
    private readonly TimeProvider _time;
    private readonly CredentialFiles? _files;
    private readonly Action<RedisEndPoint, RedisEndPoint>? _secondMaster;
    private readonly Action<RedisEndPoint, RedisEndPoint, Exception>? _unusable;
    private readonly Heartbeat _heartbeat;
    private readonly RedisTopology _topology;
    private readonly TopologyMonitor _monitor;
    private readonly SentinelCircle? _sentinels;
    private readonly CommandRouter _router;
    private readonly SubscriptionHub _subscriptions;
    private readonly int _commandTicks;
    private readonly int _silentTicks;
    private int _isDisposed;

    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    /// <param name="options">Which Redis, and as whom.</param>
    /// <param name="time">The clock.</param>
    /// <param name="gate">Looks at servers before commands pass to them.</param>
    /// <param name="notRenewed">Is told when an open connection could not sign in anew, or a new certificate can't be
    /// used, and why.</param>
    /// <param name="secondMaster">Is told of the master that is used, and of another one beside it.</param>
    /// <param name="unusable">Is told of a new master that can't be used, of the former one, and why.</param>
    public RedisClient(
        RedisOptions options,
        TimeProvider time,
        IServerGate? gate = null,
        Action<RedisEndPoint, Exception>? notRenewed = null,
        Action<RedisEndPoint, RedisEndPoint>? secondMaster = null,
        Action<RedisEndPoint, RedisEndPoint, Exception>? unusable = null
    )
    {
        options.Validate();
        _files = options.PasswordFile is null ? null : new(options.PasswordFile, options.UserFile, time);
        notRenewed ??= static (_, _) => { };
        var provider = _files is null ? options.Credentials : _files.GetAsync;
        var source = provider is null
            ? null
            : new CredentialSource(provider, options, time, () => _heartbeat!.Now + _commandTicks, notRenewed);
        options = options.With(source, notRenewed);
        _options = options;
        _time = time;
        _secondMaster = secondMaster;
        _unusable = unusable;
        _topology = new(
            (endPoint, leader) =>
                new(endPoint, options, time, this, this, gate)
                {
                    Leader = leader,
                    // Sentinels say themselves who is the master.
                    ChoosesMaster = leader is null && options.Sentinel is null,
                },
            options.Reach,
            options.Sentinel is null ? options.EndPoints : []
        );
        var shortest = TimeSpan.FromTicks(Math.Min(options.Timings.CommandTimeout.Ticks, options.Timings.ConnectTimeout.Ticks));
        _heartbeat = new(shortest, time);
        _commandTicks = _heartbeat.Ticks(options.Timings.CommandTimeout);
        // As overdue ticks: those of a command that was sent so long ago.
        _silentTicks = Math.Min(0, _heartbeat.Ticks(_silence) - _commandTicks);
        _sentinels = options.Sentinel is null
            ? null
            : new(options, time, () => _heartbeat.Now + _commandTicks, () => _monitor!.Request(), notRenewed);
        var discovery = new TopologyDiscovery(options, time, _topology, this, this, _sentinels);
        _monitor = new(options, time, _topology, discovery, OnTopology, gate);
        _router = new(_topology, options.Timings, _heartbeat, _monitor.Request, FindError);
        _subscriptions = new(options, time, _topology, _heartbeat, _monitor.Request);
        Turns.StartWatch();
        _heartbeat.Start(Beat);
        _sentinels?.Start();
        _monitor.Start();
    }

    /// <inheritdoc />
    public RedisClientState State
    {
        get
        {
            var masters = _topology.Nodes.Where(static n => n.IsMaster).ToList();
            // A node is told to be a master before all is known of who serves what.
            var isConnected = _topology.IsKnown && masters.Count > 0 && masters.TrueForAll(static n => n.IsServing);
            return new(isConnected, _topology.IsCluster, isConnected ? null : FindError());
        }
    }

    /// <inheritdoc />
    public IReadOnlyCollection<RedisNode> Nodes => [.. _topology.Nodes];

    /// <inheritdoc />
    public async Task ConnectAsync(CancellationToken cancellation)
    {
        var timeout = _options.Timings.ConnectTimeout;
        var began = _time.GetTimestamp();
        while (State is { IsConnected: false, LastError: var error })
        {
            if (error is RedisUnfitException)
            {
                throw new RedisUnfitException(error.Message, error);
            }
            if (_time.GetElapsedTime(began) > timeout)
            {
                throw error as RedisException
                    ?? new RedisConnectionException(
                        $"No connection to {_options}: {error?.Message ?? "no answer"}",
                        mayHaveRun: false,
                        error
                    );
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), _time, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public void RefreshTopology() => _monitor.Request();

    /// <inheritdoc />
    public RedisNode? MasterOf(RespArg key) => _topology.MasterOf(HashSlot.Of(key));

    /// <inheritdoc />
    public ValueTask<T> ExecuteAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    )
    {
        var command = Prepare(route, parser);
        command.Append(arguments);
        return Send(command, cancellation);
    }

    /// <inheritdoc />
    public ValueTask<T> EvalAsync<T>(
        RedisScript script,
        ReplyParser<T> parser,
        ReadOnlySpan<RespArg> keys,
        ReadOnlySpan<RespArg> arguments,
        CancellationToken cancellation,
        RedisNode? node = null
    )
    {
        var route =
            node is not null ? RedisRoute.To(node)
            : keys.IsEmpty ? RedisRoute.Any
            : RedisRoute.ScriptKey;
        var command = Prepare(route, parser);
        command.Script = script;
        command.Append(["EVALSHA", script.Sha1, keys.Length]);
        command.Append(keys);
        command.Append(arguments);
        return Send(command, cancellation);
    }

    /// <inheritdoc />
    public Task<Waited<T>> ExecuteWithWaitAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        WaitFor wait,
        RedisScript? script,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    ) => ExecuteWithWaitAsync(route, parser, wait, script, arguments.ToArray(), cancellation);

    /// <inheritdoc />
    public ValueTask<IAsyncDisposable> SubscribeAsync(RedisChannel channel, IRedisSubscriber subscriber, CancellationToken cancellation) =>
        _subscriptions.SubscribeAsync(channel, subscriber, cancellation);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }
        _files?.Dispose();
        await _monitor.DisposeAsync().ConfigureAwait(false);
        if (_sentinels is not null)
        {
            await _sentinels.DisposeAsync().ConfigureAwait(false);
        }
        await _subscriptions.DisposeAsync().ConfigureAwait(false);
        _router.Close();
        await _topology.DisposeAsync().ConfigureAwait(false);
        await _heartbeat.DisposeAsync().ConfigureAwait(false);
    }

    void ILinkObserver.OnConnected(RespLink link)
    {
        // Another role than it had, perhaps.
        if (link.Connection is not { IsAdmitted: true } || !_topology.IsKnown || _topology.IsNoMaster(link.EndPoint))
        {
            _monitor.Request();
        }
        _router.Unpark();
    }

    void ILinkObserver.OnDisconnected(RespLink link, Exception reason) => _monitor.Request();

    void ISearchObserver.OnLeft(RedisNode node, Exception reason)
    {
        _subscriptions.Leave(node.EndPoint, reason);
        if (!_topology.IsKnown)
        {
            _subscriptions.Rebalance();
        }
    }

    void ISearchObserver.OnUnusable(RedisNode master, RedisNode former, Exception reason) =>
        _unusable?.Invoke(master.EndPoint, former.EndPoint, reason);

    void ISearchObserver.OnSecondMaster(RedisEndPoint master, RedisEndPoint other) => _secondMaster?.Invoke(master, other);

    // Nothing is subscribed to on the connections for commands, so nothing is pushed there that anybody asked for.
    bool IPushReceiver.OnPush(ref RespReader push, RespCommand? oldest) => false;

    private RespCommand<T> Prepare<T>(RedisRoute route, ReplyParser<T> parser)
    {
        var command = RespCommand<T>.Rent(parser);
        command.Router = _router;
        command.Node = route.Node;
        command.KeyIndex = route.KeyIndex;
        return command;
    }

    private ValueTask<T> Send<T>(RespCommand<T> command, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellation);
        }
        command.Arm(_heartbeat.Now + _commandTicks, cancellation);
        var task = command.Task;
        _router.Submit(command);
        return task;
    }

    private async Task<Waited<T>> ExecuteWithWaitAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        WaitFor wait,
        RedisScript? script,
        RespArg[] arguments,
        CancellationToken cancellation
    )
    {
        RedisNode? detour = null;
        // A chosen server is the only one that is meant: what another one's replicas have says nothing of its own.
        var mayMove = route.Node is null;
        for (var attempt = 0; ; attempt++)
        {
            var command = Prepare(route, parser);
            command.Append(arguments);
            command.Detour = detour;
            command.Asking = detour is not null;
            var waiting = RespCommand<long>.Rent(Replies.Int64);
            var milliseconds = (long)Math.Ceiling(wait.Timeout.TotalMilliseconds);
            waiting.Append(["WAIT", wait.Replicas, milliseconds]);
            waiting.Arm(_heartbeat.Now + _commandTicks + _heartbeat.Ticks(wait.Timeout), cancellation);
            command.Follower = waiting;
            var waited = waiting.Task;
            T reply;
            try
            {
                reply = await Send(command, cancellation).ConfigureAwait(false);
            }
            catch (RedisServerException error)
                when (attempt < CommandRouter.MostResends
                    && ((mayMove && error.Code is ("MOVED" or "ASK")) || (error.Code == "NOSCRIPT" && script is not null))
                )
            {
                detour = error.Code == "ASK" ? AskedAt(error) : null;
                if (error.Code == "NOSCRIPT")
                {
                    (arguments[0], arguments[1]) = ("EVAL", script!.Body);
                }
                continue;
            }
            try
            {
                return new(reply, (int)await waited.ConfigureAwait(false), null);
            }
            catch (Exception error) when (error is RedisException or InvalidDataException or OperationCanceledException)
            {
                return new(reply, 0, error);
            }
        }
    }

    /// <summary>What the last search for masters ended with; before its end, what is known of a master, or of whom
    /// else.</summary>
    private Exception? FindError() =>
        _monitor.LastError
        ?? _topology
            .Nodes.OrderByDescending(static n => n.IsMaster)
            .Select(static n => n.Commands.WhyNot)
            .FirstOrDefault(static e => e is not null)
        ?? _sentinels?.Problem;

    private RedisNode? AskedAt(RedisServerException error) =>
        Redirect.TryParse(error.Message, _options.EndPoints[0], out var redirect) ? _topology.NodeOf(redirect.To) : null;

    private void Beat(int now)
    {
        if (_topology.Sweep(now, _commandTicks, _silentTicks))
        {
            _monitor.Request();
        }
        _sentinels?.Sweep(now, _commandTicks);
        _router.Sweep(now);
        _subscriptions.Sweep(now, _commandTicks);
    }

    private void OnTopology()
    {
        _router.Unpark();
        _subscriptions.Rebalance();
    }
}
