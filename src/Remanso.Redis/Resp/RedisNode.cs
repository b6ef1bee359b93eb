namespace Remanso.Redis.Resp;

/// <summary>One server, as the client knows it. A handle for commands that concern this server alone.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    private readonly Func<RedisEndPoint, RespLink?, RespLink> _makeLink;
    private readonly Func<bool>? _isConnected;
    private readonly Lock _gate = new();
    private RespLink? _waits;
    private bool _isDisposed;

    /// <param name="endPoint">Where it listens.</param>
    /// <param name="makeLink">Makes its connections; told which one it goes along with.</param>
    /// <param name="isConnected">Whether it is, where its commands go another way than the link's.</param>
    public RedisNode(RedisEndPoint endPoint, Func<RedisEndPoint, RespLink?, RespLink> makeLink, Func<bool>? isConnected = null)
    {
        EndPoint = endPoint;
        _makeLink = makeLink;
        _isConnected = isConnected;
        Commands = makeLink(endPoint, null);
    }

    public RedisEndPoint EndPoint { get; }

    /// <summary>Whether it takes writes, as far as is known.</summary>
    public bool IsMaster { get; set; }

    /// <summary>Whether it said so when it was asked last.</summary>
    public bool IsReplica { get; set; }

    /// <summary>Whether it was a replica since it was used as a master last, if ever: that it says that it is a master is a
    /// promotion then. Who was a master all along may be one of before that came back.</summary>
    public bool IsPromotable { get; set; }

    /// <summary>How many replicas follow it, as far as is known: the most that a WAIT can count. Null where it does not
    /// tell.</summary>
    public int? Replicas { get; set; }

    /// <summary>How many topologies in a row did not name it any more.</summary>
    public int Absences { get; set; }

    public bool IsConnected => _isConnected?.Invoke() ?? Commands.Connection is { IsOpen: true };

    /// <summary>Whether it takes commands that their keys lead to it.</summary>
    public bool IsServing => IsConnected && Commands.Connection is { IsAdmitted: true };

    /// <summary>Whether it owes an answer to a command that was sent on to it. What it is asked for its own sake, as in each
    /// look at the topology, is no reason to keep it.</summary>
    public bool IsAwaited =>
        Commands.Connection is { IsOpen: true, IsOwedToRouted: true }
        || Volatile.Read(ref _waits)?.Connection is { IsOpen: true, IsOwedToRouted: true };

    /// <summary>Whether it has owed an answer for so long that it may well hang.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>Why it is not connected.</summary>
    public Exception? LastError => Commands.LastError;

    /// <summary>The connection for commands.</summary>
    public RespLink Commands { get; }

    /// <summary>The connections that are open.</summary>
    public IEnumerable<RespConnection> Connections =>
        new[] { Commands.Connection, Volatile.Read(ref _waits)?.Connection }.OfType<RespConnection>();

    /// <summary>Sends it, where it may be sent: a server that nobody has looked at as a master answers what is meant for it
    /// alone.</summary>
    public bool TrySubmit(RespCommand command)
    {
        var link = command.Follower is null ? Commands : Waits();
        command.Server = this;
        if (link.Connection is { } connection && IsFor(command, connection) && connection.TrySubmit(command))
        {
            return true;
        }
        link.Start();
        return false;
    }

    /// <summary>Whether a command that was refused would now be taken.</summary>
    public bool CanTake(RespCommand command) =>
        (command.Follower is null ? Commands : Waits()).Connection is { IsOpen: true } connection && IsFor(command, connection);

    /// <summary>It is a replica, it says, or another one does. So it takes no command that a key leads to it until it was looked
    /// at as a master again, be it on the same connections.</summary>
    public void Dismiss()
    {
        foreach (var connection in Connections)
        {
            connection.IsAdmitted = false;
        }
    }

    public void Sweep(int now, int patience, int silence)
    {
        IsSilent = Commands.Sweep(now, patience) > silence;
        Volatile.Read(ref _waits)?.Sweep(now, patience);
    }

    /// <summary>Ends its connections, and with them the wait for what they owe; it connects again.</summary>
    public void Break(Exception reason)
    {
        Commands.Connection?.Fail(reason);
        Volatile.Read(ref _waits)?.Connection?.Fail(reason);
    }

    /// <summary>Gives its connections up, where new ones may lead to another server.</summary>
    /// <param name="reason">Why this one is not wanted.</param>
    /// <param name="cancellation">Ends the question what its name stands for.</param>
    /// <returns>Whether it was left.</returns>
    public async Task<bool> LeaveAsync(Exception reason, CancellationToken cancellation)
    {
        if (!await Commands.LeaveAsync(reason, cancellation).ConfigureAwait(false))
        {
            return false;
        }
        Volatile.Read(ref _waits)?.Connection?.Fail(reason);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        RespLink? waits;
        lock (_gate)
        {
            _isDisposed = true;
            waits = _waits;
        }
        await Commands.DisposeAsync().ConfigureAwait(false);
        if (waits is not null)
        {
            await waits.DisposeAsync().ConfigureAwait(false);
        }
    }

    public override string ToString() => EndPoint.ToString();

    private static bool IsFor(RespCommand command, RespConnection connection) => connection.IsAdmitted || command.Node is not null;

    /// <summary>The connection for commands with a WAIT behind them. The server answers nothing else on a connection
    /// while it waits there, so reads are spared that by not sharing it.</summary>
    private RespLink Waits()
    {
        if (Volatile.Read(ref _waits) is { } waits)
        {
            return waits;
        }
        lock (_gate)
        {
            return _isDisposed ? Commands : _waits ??= _makeLink(EndPoint, Commands);
        }
    }
}
