using System.Net;

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
    // A name may stand for another server by the next attempt, so the first ones are short.
    private static readonly TimeSpan _firstPatience = TimeSpan.FromSeconds(1);

    // Where none of a name's servers is the one wanted, we don't whirl through them.
    private static readonly TimeSpan _betweenLeaves = TimeSpan.FromMilliseconds(250);

    private readonly ServerAddresses _addresses = new(endPoint, options, time);
    private readonly NamedMaster? _master;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private RespConnection? _connection;
    private RespConnection? _swept;
    private Exception? _lastError;
    private Task? _running;
    private int _failures;
    private int _failedAttempts;
    private volatile bool _isTrying;
    private volatile bool _isLeaving;
    private long _left;

    public RedisEndPoint EndPoint => endPoint;

    /// <summary>The link that this one goes along with, to the same address: where a name stands for several servers, that one
    /// finds the right one. Null for none.</summary>
    public RespLink? Leader { get; init; }

    /// <summary>Whether a master must be told from others behind the same name; else whoever answers is used.</summary>
    public bool ChoosesMaster
    {
        init => _master = value && _addresses.MayMove ? new(endPoint, options, time, _addresses) : null;
    }

    /// <summary>The address of the connection, or of the last one; null before the first, and for a Unix socket.</summary>
    public IPAddress? Address { get; private set; }

    /// <summary>The connection, greeted and believed alive.</summary>
    public RespConnection? Connection => Volatile.Read(ref _connection);

    /// <summary>What the server said of itself last.</summary>
    public ServerGreeting? Greeting { get; private set; }

    /// <summary>Why it is not connected; null while it is, and before the first attempt.</summary>
    public Exception? LastError => Volatile.Read(ref _lastError);

    /// <summary>How many connections were lost, or not made.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>How many of these were not made; <see cref="LastError"/> says why by then.</summary>
    public int FailedAttempts => Volatile.Read(ref _failedAttempts);

    /// <summary>Whether an attempt to connect is on its way.</summary>
    public bool IsTrying => _isTrying;

    /// <summary>Why there is no connection now, in words, whatever is known of it.</summary>
    public Exception? WhyNot =>
        Connection is { IsOpen: true }
            ? null
            : LastError
                ?? (
                    _isTrying
                        ? new RedisConnectionException(
                            $"Redis at {endPoint} has not answered yet",
                            mayHaveRun: false,
                            reason: "Redis has not answered yet."
                        )
                        : null
                );

    /// <summary>The server says that it is a replica, or it is used as a master from now on.</summary>
    public void NoteRole(bool isMaster)
    {
        if (Connection is { IsOpen: true } && Address is { } address)
        {
            _master?.Note(address, isMaster);
        }
    }

    /// <summary>What those say that the name stands for beside the server that is connected to; nobody where it tells no master
    /// from others.</summary>
    /// <param name="isUsedAsync">Asks the master that is used whether it is there still, where there are others.</param>
    /// <param name="cancellation">Ends the questions.</param>
    public async Task<IReadOnlyList<AddressFinding>> HearOthersAsync(Func<Task<bool>> isUsedAsync, CancellationToken cancellation)
    {
        if (_master is null)
        {
            return [];
        }
        try
        {
            var address = Address;
            var others = (await _addresses.LookUpAsync(cancellation).ConfigureAwait(false)).Where(other => !other.Equals(address)).ToList();
            var credentials =
                others.Count > 0 && options.Source is { } source ? await source.GetAsync(cancellation).ConfigureAwait(false) : null;
            var heard = await AskAsync(others, credentials, cancellation).ConfigureAwait(false);
            if (others.Count > 0 && !await isUsedAsync().ConfigureAwait(false))
            {
                return [];
            }
            _master.Hear(address, heard);
            return heard;
        }
#pragma warning disable CA1031 // Its own attempts to connect tell what is wrong with the name or the credentials.
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return [];
        }
#pragma warning restore CA1031
    }

    /// <summary>Gives the connection up, and begins the next one where else the host's name stands for. Where it has no
    /// other address, one address may stand for another server by now (a virtual one, a proxy's), for new connections
    /// alone: that is tried less often.</summary>
    /// <param name="reason">Why this server is not wanted.</param>
    /// <param name="cancellation">Ends the question what the name stands for.</param>
    /// <returns>Whether it was given up.</returns>
    public async Task<bool> LeaveAsync(Exception reason, CancellationToken cancellation)
    {
        var since = _left == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(_left);
        if (since < _betweenLeaves || endPoint.IsUnixSocket || Connection is not { } connection)
        {
            return false;
        }
        if (await _addresses.HasOthersAsync(cancellation).ConfigureAwait(false))
        {
            _addresses.Leave();
        }
        else if (since < options.Timings.LongestReconnectDelay)
        {
            return false;
        }
        _left = time.GetTimestamp();
        _isLeaving = true;
        connection.Fail(reason);
        return true;
    }

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

    /// <returns>By how many ticks the oldest reply is overdue; negative when it is not, or there is none.</returns>
    public int Sweep(int now, int patience)
    {
        if (Leader is { Connection: not null, Address: { } leading } && Connection is { } connection && !leading.Equals(Address))
        {
            connection.Fail(new IOException($"Redis at {endPoint} is used at {leading} now."));
        }
        return Volatile.Read(ref _swept)?.Sweep(now, patience) ?? int.MinValue;
    }

    void IConnectionOwner.OnClosed(RespConnection connection, Exception reason)
    {
        // What ends an attempt is told once it has been put into words.
        if (ReferenceEquals(Connection, connection))
        {
            Volatile.Write(ref _lastError, reason);
            Interlocked.CompareExchange(ref _connection, null, connection);
        }
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
            var (reason, wasMade) = await LiveAsync(PatienceOf(attempt)).ConfigureAwait(false);
            if (_stop.IsCancellationRequested)
            {
                return;
            }
            Volatile.Write(ref _lastError, reason);
            Interlocked.Add(ref _failedAttempts, wasMade ? 0 : 1);
            Interlocked.Increment(ref _failures);
            observer.OnDisconnected(this, reason);
            // A connection that held for a while was sound, and so was one that we left; one that fell at once counts as a
            // failed attempt.
            attempt = _isLeaving || time.GetElapsedTime(began) > options.Timings.LongestReconnectDelay ? 0 : attempt + 1;
            _isLeaving = false;
            var delay = ReconnectDelay.For(
                attempt,
                options.Timings.ReconnectDelay,
                options.Timings.LongestReconnectDelay,
                Random.Shared.NextDouble()
            );
            await Task.Delay(delay, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The life of one connection. Returns why it ended, or was not made.</summary>
    private async Task<(Exception Reason, bool WasMade)> LiveAsync(TimeSpan patience)
    {
        RespConnection connection;
#pragma warning disable CA1031 // Whatever fails is why we are not connected, and is tried again.
        try
        {
            _isTrying = true;
            connection = await ConnectAsync(patience).ConfigureAwait(false);
            _addresses.Stay();
        }
        catch (Exception error)
        {
            return (error, false);
        }
        finally
        {
            _isTrying = false;
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
            return (reason, true);
        }
    }

    private async Task<RespConnection> ConnectAsync(TimeSpan patience)
    {
        var timings = options.Timings;
        using var timeout = new CancellationTokenSource(timings.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        RespConnection? connection = null;
        var stage = ConnectStage.Identifying;
        try
        {
            var credentials = options.Source is { } source ? await source.GetAsync(either.Token).ConfigureAwait(false) : null;
            timeout.CancelAfter(patience);
            stage = ConnectStage.Opening;
            var socket = await _addresses.ConnectAsync(Leader?.Address, either.Token).ConfigureAwait(false);
            var address = _addresses.Last;
            stage = ConnectStage.Securing;
            var stream = await RespTransport.SecureAsync(socket, endPoint, options, either.Token).ConfigureAwait(false);
            stage = ConnectStage.Greeting;
            connection = new(socket, stream, options.Limits, pushes, this);
            connection.Start();
            Greeting = await RespHandshake.GreetAsync(connection, options, credentials, either.Token).ConfigureAwait(false);
            if (_master is not null && address is not null)
            {
                stage = ConnectStage.Choosing;
                timeout.CancelAfter(timings.ConnectTimeout);
                await ChooseAsync(connection, address, credentials, either.Token).ConfigureAwait(false);
            }
            Address = address;
            stage = ConnectStage.Admitting;
            if (Greeting.IsMaster)
            {
                timeout.CancelAfter(timings.ConnectTimeout);
                connection.IsAdmitted = gate is null || await gate.AdmitAsync(connection, endPoint, either.Token).ConfigureAwait(false);
            }
            if (credentials is not null)
            {
                _ = options.Source!.RenewAsync(connection, endPoint, credentials);
            }
            return connection;
        }
        catch (Exception error)
        {
            var isLate = timeout.IsCancellationRequested && error is OperationCanceledException;
            var fault = ConnectFault.Explain(
                endPoint,
                options.Tls,
                stage,
                error,
                isLate
                    ? (stage is ConnectStage.Opening or ConnectStage.Securing or ConnectStage.Greeting ? patience : timings.ConnectTimeout)
                    : null
            );
            connection?.Fail(fault);
            throw fault;
        }
    }

    private async Task ChooseAsync(
        RespConnection connection,
        IPAddress address,
        RedisCredentials? credentials,
        CancellationToken cancellation
    )
    {
        if (Greeting is { IsCluster: true })
        {
            return;
        }
        if (Greeting is { IsMaster: false })
        {
            _master!.Note(address, isMaster: false);
            return;
        }
        await _master!
            .AdmitAsync(
                address,
                () => RespHandshake.RunIdAsync(connection, cancellation),
                others => HearAsync(address, others, credentials, cancellation)
            )
            .ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<AddressFinding>> HearAsync(
        IPAddress? beside,
        IEnumerable<IPAddress> others,
        RedisCredentials? credentials,
        CancellationToken cancellation
    )
    {
        var heard = await AskAsync(others, credentials, cancellation).ConfigureAwait(false);
        _master!.Hear(beside, heard);
        return heard;
    }

    private Task<IReadOnlyList<AddressFinding>> AskAsync(
        IEnumerable<IPAddress> others,
        RedisCredentials? credentials,
        CancellationToken cancellation
    ) => new AddressProbe(endPoint, options, time, _addresses, pushes).RunAsync(others, credentials, cancellation);

    private TimeSpan PatienceOf(int attempt)
    {
        var longest = options.Timings.ConnectTimeout;
        var patience = _addresses.MayMove ? _firstPatience * (1 << Math.Min(attempt, 10)) : longest;
        return patience < longest ? patience : longest;
    }

    private static ObjectDisposedException Disposed() => new(nameof(RespLink), "The Redis client is closed.");
}
