using System.Net.Sockets;

namespace Remanso.Redis.Resp.Connections;

/// <summary>
/// One connection to one server, for one life: open, then closed, never opened again (<see cref="RespLink"/> makes the
/// next one). Many callers share it; commands and replies are matched by their order alone.
/// </summary>
/// <remarks>
/// <para><b>The way of a command.</b> A caller pushes it onto <see cref="CommandQueue"/> (lock-free, nothing is encoded
/// yet). <see cref="CommandWriter"/> takes all that is queued, encodes it into one buffer and adds each to
/// <see cref="OwedReplies"/>, then makes one write. <see cref="ReplyReader"/> cuts what it receives into replies, gives
/// each to the oldest command owed one, and puts it into <see cref="Turns"/>, from where the callers are woken on the
/// thread pool. A steady state allocates nothing and pays per command: one push, three
/// compare-and-swaps, one place in a ring. System calls and thread-pool hops are paid per batch.</para>
///
/// <para><b>Invariants.</b></para>
/// <list type="number">
/// <item>There is one writer and one reader at any moment. They share only <see cref="OwedReplies"/>: the writer adds,
/// the reader removes.</item>
/// <item>Every command written is in <see cref="OwedReplies"/> before its first byte is sent, in the order of the
/// bytes, and leaves it only by its reply or by the end of the connection. A command abandoned by its caller stays in
/// its place, so the replies never get out of step.</item>
/// <item>A command is completed once, by whoever moves its phase (<see cref="RespCommand"/>).</item>
/// <item>What is outstanding is bounded, in commands and in bytes. Beyond that the writer takes no more; commands wait
/// in the queue holding no bytes, their callers with them.</item>
/// <item>A command that fails with <c>MayHaveRun = false</c> was never part of a write to the socket.</item>
/// </list>
///
/// <para><b>The end.</b> The first failure wins (<see cref="Fail"/>): it shuts the queue and disposes the socket, which
/// stops both halves. The half that stops last (<c>_halves</c>) does the clearing up, so nobody else is in the rings
/// then: commands owed a reply fail, those never written go back to their router, and the owner is told.</para>
///
/// <para><b>Best effort.</b> <c>MayHaveRun = true</c> says only that the bytes were handed to the system. Time-outs are
/// as coarse as the heartbeat. The byte bound is looked at before a command is encoded, so one large command may exceed
/// it. Continuations of different commands may run in another order than their replies came.</para>
/// </remarks>
internal sealed class RespConnection : IConnectionEnd
{
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly IConnectionOwner _owner;
    private readonly CommandQueue _queue = new();
    private readonly OwedReplies _owed;
    private readonly CommandWriter _writer;
    private readonly ReplyReader _reader;
    private readonly TaskCompletionSource<Exception> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _reason;
    private int _halves = 2;
    private volatile bool _isAdmitted;

    public RespConnection(Socket socket, Stream stream, RedisConnectionLimits limits, IPushReceiver pushes, IConnectionOwner owner)
    {
        _socket = socket;
        _stream = stream;
        _owner = owner;
        _owed = new(limits.OutstandingPlaces);
        _writer = new(stream, _queue, _owed, limits, this);
        var replies = new RespLimits { MaxReplyBytes = limits.MaxReplyBytes };
        _reader = new(stream, _owed, _writer, replies, pushes, this);
    }

    /// <summary>Completes with the reason when everything is cleared up.</summary>
    public Task<Exception> Closed => _closed.Task;

    public void Start() => _reader.Start();

    /// <summary>Queues a command. False when the connection is closed; then nothing has happened to the
    /// command.</summary>
    public bool TrySubmit(RespCommand command)
    {
        if (!_queue.TryPush(command, out var wake))
        {
            return false;
        }
        if (wake)
        {
            _writer.Wake();
        }
        return true;
    }

    /// <summary>Whether it takes commands.</summary>
    public bool IsOpen => !_queue.IsShut;

    /// <summary>Whether it is for commands whose server their callers did not choose: the server was looked at as a master
    /// (<see cref="IServerGate"/>), and has not been heard to be a replica since.</summary>
    public bool IsAdmitted
    {
        get => _isAdmitted;
        set => _isAdmitted = value;
    }

    /// <summary>One heartbeat: time-outs, and help for what is stuck. Not for two threads at a time.</summary>
    /// <param name="now">The present tick.</param>
    /// <param name="patience">How many ticks beyond its deadline the oldest reply may be: a server that is silent for
    /// longer is taken for dead, though nothing closed the connection.</param>
    /// <returns>By how many ticks the oldest reply is overdue; negative when it is not, or there is none.</returns>
    public int Sweep(int now, int patience)
    {
        var overdue = _owed.Sweep(now);
        if (overdue > patience)
        {
            Fail(new IOException("The server has stopped answering."));
        }
        _queue.Sweep(now);
        _writer.Sweep();
        return overdue;
    }

    /// <summary>Whether the server owes an answer to a command whose server its caller did not choose.</summary>
    public bool IsOwedToRouted => _owed.IsAnyRouted;

    /// <inheritdoc />
    public void Fail(Exception reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
        {
            return;
        }
        var writerSleeps = _queue.Close();
        ShutDown();
        if (writerSleeps)
        {
            HalfEnded();
        }
        else
        {
            _writer.Unblock();
        }
    }

    /// <inheritdoc />
    public void HalfEnded()
    {
        if (Interlocked.Decrement(ref _halves) == 0)
        {
            ClearUp();
        }
    }

    private void ShutDown()
    {
        try
        {
            // Ends a read that waits, at once.
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It was not connected any more.
        }
        _socket.Dispose();
    }

    private void ClearUp()
    {
        var reason = _reason!;
        _stream.Dispose();
        _writer.Release();
        _reader.Release();
        while (_owed.TryRemove(out var owed, out var position))
        {
            FailCommand(owed, mayHaveRun: position < _writer.HandedOver, reason);
        }

        var command = _queue.TakeAll();
        while (command is not null)
        {
            var next = command.Next;
            command.Next = null;
            if (command.Router is { } router)
            {
                router.Resubmit(command);
            }
            else
            {
                FailCommand(command, mayHaveRun: false, reason);
            }
            command = next;
        }
        Turns.Ask();
        _owner.OnClosed(this, reason);
        _closed.SetResult(reason);
    }

    private void FailCommand(RespCommand command, bool mayHaveRun, Exception reason)
    {
        if (command.TryClaim())
        {
            command.Fail(
                new RedisConnectionException(
                    $"The connection to Redis was lost ({reason.Message}) before {command.Arguments[0]} was answered.",
                    mayHaveRun,
                    reason,
                    "The connection to Redis was lost."
                )
            );
            Turns.Add(command);
        }
    }
}
