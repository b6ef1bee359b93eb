namespace Remanso.Redis.Resp.Connections;

/// <summary>
/// Keeps one connection to one server: opens it, greets, and when it is lost opens the next, for as long as it lives.
/// It holds no commands; those that find it unconnected wait with the router.
/// </summary>
internal sealed class RespLink(
    RedisEndPoint endPoint,
    RedisOptions options,
    TimeProvider time,
    IPushReceiver pushes,
    ILinkObserver observer,
    IServerGate? gate = null
) : IConnectionOwner, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private RespConnection? _connection;
    private RespConnection? _swept;
    private Exception? _lastError;
    private Task? _running;

    public RedisEndPoint EndPoint => endPoint;

    /// <summary>The connection, greeted and believed alive.</summary>
    public RespConnection? Connection => Volatile.Read(ref _connection);

    /// <summary>What the server said of itself last.</summary>
    public ServerGreeting? Greeting { get; private set; }

    /// <summary>Why it is not connected; null while it is, and before the first attempt.</summary>
    public Exception? LastError => Volatile.Read(ref _lastError);

    /// <summary>Begins to connect, the first time that somebody asks.</summary>
    public void Start()
    {
        if (Volatile.Read(ref _running) is not null)
        {
            return;
        }
        lock (_gate)
        {
            if (!_stop.IsCancellationRequested)
            {
                _running ??= Task.Run(RunAsync);
            }
        }
    }

    public void Sweep(int now, int patience) => Volatile.Read(ref _swept)?.Sweep(now, patience);

    void IConnectionOwner.OnClosed(RespConnection connection, Exception reason)
    {
        Volatile.Write(ref _lastError, reason);
        Interlocked.CompareExchange(ref _connection, null, connection);
    }

    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }
            _stop.Cancel();
            running = _running;
        }
        if (running is not null)
        {
            await running.ConfigureAwait(false);
        }
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var attempt = 0;
        while (!_stop.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            var reason = await LiveAsync().ConfigureAwait(false);
            if (_stop.IsCancellationRequested)
            {
                return;
            }
            Volatile.Write(ref _lastError, reason);
            observer.OnDisconnected(this, reason);
            // A connection that held for a while was sound; one that fell at once counts as a failed attempt.
            attempt = time.GetElapsedTime(began) > options.Timings.LongestReconnectDelay ? 0 : attempt + 1;
            var delay = ReconnectDelay.For(
                attempt,
                options.Timings.ReconnectDelay,
                options.Timings.LongestReconnectDelay,
                Random.Shared.NextDouble()
            );
            await Task.Delay(delay, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The life of one connection. Returns why it ended.</summary>
    private async Task<Exception> LiveAsync()
    {
        RespConnection connection;
#pragma warning disable CA1031 // Whatever fails is why we are not connected, and is tried again.
        try
        {
            connection = await ConnectAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            return error;
        }
#pragma warning restore CA1031
        Volatile.Write(ref _swept, connection);
        Volatile.Write(ref _connection, connection);
        Volatile.Write(ref _lastError, null);
        observer.OnConnected(this);
        using (_stop.Token.UnsafeRegister(static c => ((RespConnection)c!).Fail(Disposed()), connection))
        {
            var reason = await connection.Closed.ConfigureAwait(false);
            Volatile.Write(ref _connection, null);
            Volatile.Write(ref _swept, null);
            return reason;
        }
    }

    private async Task<RespConnection> ConnectAsync()
    {
        using var timeout = new CancellationTokenSource(options.Timings.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        RespConnection? connection = null;
        try
        {
            var credentials = options.Source is { } source ? await source.GetAsync(either.Token).ConfigureAwait(false) : null;
            var (socket, stream) = await RespTransport.OpenAsync(endPoint, options.Tls, either.Token).ConfigureAwait(false);
            connection = new(socket, stream, options.Limits, pushes, this);
            connection.Start();
            Greeting = await RespHandshake.GreetAsync(connection, options, credentials, either.Token).ConfigureAwait(false);
            if (gate is not null && Greeting.IsMaster)
            {
                await gate.AdmitAsync(connection, endPoint, either.Token).ConfigureAwait(false);
            }
            if (credentials is not null)
            {
                _ = options.Source!.RenewAsync(connection, endPoint, credentials);
            }
            return connection;
        }
        catch (Exception error)
        {
            connection?.Fail(error);
            if (error is OperationCanceledException && timeout.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"Redis at {endPoint} did not accept a connection within {options.Timings.ConnectTimeout}.",
                    error
                );
            }
            throw;
        }
    }

    private static ObjectDisposedException Disposed() => new(nameof(RespLink), "The Redis client is closed.");
}
