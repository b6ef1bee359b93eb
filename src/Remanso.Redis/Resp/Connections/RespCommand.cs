namespace Remanso.Redis.Resp.Connections;

// Several parties want to end a command: the reader with its reply, the connection with its death, the clock, and the
// caller's token. All of them compete for one word, _state, by compare-and-swap: the phase in the low bits, above it a
// version that changes with every reuse of the object. Whoever moves it out of Queued or InFlight owns the completion;
// all the others find it gone and do nothing.
//
// An abandoned command (cancelled, timed out) stays in the connection's queue of owed replies, which keeps the replies
// in step: its reply is read and dropped. Such an object is left to the garbage collector, never pooled.
//
// While the writer reads the arguments (Writing) an abandonment is only noted. The caller hears of it when the writer
// is done, because from then on the caller may reuse the memory behind the arguments.

/// <summary>
/// One command on its way: arguments, deadline, and the right to complete it.
/// </summary>
internal abstract class RespCommand
{
    /// <summary>For what its token alone ends. It says nothing of how long its server has been silent.</summary>
    public const int NoDeadline = int.MaxValue;

    private const long PhaseBits = 0x07;
    private const long WhileWriting = 0x08;
    private const long Written = 0x10;
    private const long OneVersion = 0x20;
    private const int PooledArguments = 32;

    private long _state;
    private RespArg[] _arguments = new RespArg[4];
    private int _count;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;
    private bool _observesCancellation;

    /// <summary>The next command of the list that this one is in: it is in one at most.</summary>
    public RespCommand? Next { get; set; }

    /// <summary>Who sends it elsewhere after a redirect or a lost connection; null when its caller does.</summary>
    public ICommandRouter? Router { get; set; }

    /// <summary>The node that its caller chose; null when its key does.</summary>
    public RedisNode? Node { get; set; }

    /// <summary>The node that it was given to last.</summary>
    public RedisNode? Server { get; set; }

    /// <summary>The node that it was sent on to for this once (<c>ASK</c>).</summary>
    public RedisNode? Detour { get; set; }

    /// <summary>Which argument is the key that it is routed by; 0 for none.</summary>
    public int KeyIndex { get; set; }

    /// <summary>The script that the first two arguments name by its digest.</summary>
    public RedisScript? Script { get; set; }

    /// <summary>How often it was sent anew.</summary>
    public int Resent { get; set; }

    /// <summary>Sent behind an <c>ASKING</c>, with nothing in between.</summary>
    public bool Asking { get; set; }

    /// <summary>A command that is sent right behind this one on the same connection (<c>WAIT</c>).</summary>
    public RespCommand? Follower { get; set; }

    /// <summary>The tick of the heartbeat at which its time is over; or <see cref="NoDeadline"/>.</summary>
    public int Deadline { get; set; }

    /// <summary>The tick at which it stops waiting for a connection.</summary>
    public int ParkedUntil { get; set; }

    /// <summary>The failure to report; the reader, the connection or nobody sets it, before signalling.</summary>
    protected Exception? Error { get; set; }

    /// <summary>Whether the object may be used again once its caller took the result.</summary>
    protected bool Reusable { get; private set; }

    public ReadOnlySpan<RespArg> Arguments => _arguments.AsSpan(0, _count);

    public CommandPhase Phase => (CommandPhase)(Volatile.Read(ref _state) & PhaseBits);

    /// <summary>By how many ticks its time is over: negative before that, and the lowest number where no tick ends it.</summary>
    /// <remarks>The difference, not the order: the ticks go round.</remarks>
    public int OverdueAt(int now) => Deadline == NoDeadline ? int.MinValue : now - Deadline;

    /// <summary>Opaque: this use of the object in its present phase, for <see cref="TryTimeOut"/>.</summary>
    public long Observe() => Volatile.Read(ref _state);

    /// <summary>Adds arguments, while its caller prepares it.</summary>
    public void Append(ReadOnlySpan<RespArg> arguments)
    {
        if (_count + arguments.Length > _arguments.Length)
        {
            Array.Resize(ref _arguments, Math.Max(_count + arguments.Length, 16));
        }
        arguments.CopyTo(_arguments.AsSpan(_count));
        _count += arguments.Length;
    }

    /// <summary>Makes it ready to be queued. From here on it can be cancelled.</summary>
    public void Arm(int deadline, CancellationToken cancellation)
    {
        Deadline = deadline;
        Volatile.Write(ref _state, (_state & ~(OneVersion - 1)) + OneVersion + (long)CommandPhase.Queued);
        if (cancellation.CanBeCanceled)
        {
            _cancellation = cancellation;
            _observesCancellation = true;
            _registration = cancellation.UnsafeRegister(static command => ((RespCommand)command!).Cancel(), this);
        }
    }

    /// <summary>Replaces arguments before it is sent again (<c>EVALSHA digest</c> by <c>EVAL body</c>).</summary>
    public void Rewrite(RespArg first, RespArg second)
    {
        _arguments[0] = first;
        _arguments[1] = second;
    }

    /// <summary>The writer takes it. False when it was abandoned before.</summary>
    public bool TryBeginWrite() => TryMove(CommandPhase.Queued, CommandPhase.Writing);

    /// <summary>The writer is done with the arguments.</summary>
    public void EndWrite()
    {
        if (!TryMove(CommandPhase.Writing, CommandPhase.InFlight))
        {
            // Abandoned meanwhile: that was only noted, now it counts.
            Turns.Wake(this);
        }
    }

    /// <summary>The reader has its reply. False when nobody waits for it any more.</summary>
    public bool TryAnswer() => TryMove(CommandPhase.InFlight, CommandPhase.Done);

    /// <summary>Answered by "not here": false when nobody waits for it any more.</summary>
    public bool TryRequeue() => TryMove(CommandPhase.InFlight, CommandPhase.Queued);

    /// <summary>Claims it for a failure by the connection or the client; then <see cref="Fail"/> and
    /// <see cref="Signal"/> are the claimant's.</summary>
    public bool TryClaim() => TryMove(CommandPhase.InFlight, CommandPhase.Done) || TryMove(CommandPhase.Queued, CommandPhase.Done);

    public void Fail(Exception error) => Error = error;

    /// <summary>Abandons it if it is still in the use and phase that were observed.</summary>
    public void TryTimeOut(long observed) => Abandon(observed, CommandPhase.TimedOut);

    /// <summary>Parses the reply. The claimant calls it once, before <see cref="Signal"/>.</summary>
    public abstract void Accept(ref RespReader reply);

    /// <summary>Wakes the caller, whose continuation may run here: for <see cref="Turns"/> alone.</summary>
    public void Signal()
    {
        Reusable = !_observesCancellation || _registration.Unregister();
        var state = Volatile.Read(ref _state);
        Error = (CommandPhase)(state & PhaseBits) switch
        {
            CommandPhase.Cancelled => new OperationCanceledException(_cancellation),
            CommandPhase.TimedOut => Late(isWritten: (state & Written) != 0),
            _ => Error,
        };
        Wake();
    }

    protected abstract void Wake();

    /// <summary>Forgets everything, for the pool.</summary>
    protected void Clear()
    {
        if (_arguments.Length > PooledArguments)
        {
            _arguments = new RespArg[4];
        }
        else
        {
            Array.Clear(_arguments, 0, _count);
        }
        _count = 0;
        Router = null;
        Node = null;
        Server = null;
        Detour = null;
        KeyIndex = 0;
        Script = null;
        Resent = 0;
        Asking = false;
        Follower = null;
        Next = null;
        ParkedUntil = 0;
        Error = null;
        if (_observesCancellation)
        {
            _observesCancellation = false;
            _registration = default;
            _cancellation = default;
        }
        // The version survives, so that whoever observed the last use does not touch the next one.
        Volatile.Write(ref _state, _state & ~(OneVersion - 1));
    }

    private RedisTimeoutException Late(bool isWritten)
    {
        var server = Server is null ? "Redis" : $"Redis at {Server}";
        return new(
            isWritten
                ? $"{Arguments[0]} got no answer from {server} within its time-out."
                : $"{Arguments[0]} could not be sent to {server} within its time-out.",
            isWritten
        );
    }

    private void Cancel() => Abandon(Volatile.Read(ref _state), CommandPhase.Cancelled);

    private void Abandon(long observed, CommandPhase why)
    {
        while (true)
        {
            var version = observed & ~(OneVersion - 1);
            var phase = (CommandPhase)(observed & PhaseBits);
            var abandoned =
                version
                | (long)why
                | phase switch
                {
                    CommandPhase.Writing => WhileWriting | Written,
                    CommandPhase.InFlight => Written,
                    _ => 0,
                };
            if (phase is not (CommandPhase.Queued or CommandPhase.Writing or CommandPhase.InFlight))
            {
                return;
            }
            var seen = Interlocked.CompareExchange(ref _state, abandoned, observed);
            if (seen == observed)
            {
                if (phase != CommandPhase.Writing)
                {
                    Turns.Wake(this);
                }
                return;
            }
            if ((seen & ~(OneVersion - 1)) != version)
            {
                return;
            }
            observed = seen;
        }
    }

    private bool TryMove(CommandPhase from, CommandPhase to)
    {
        var state = Volatile.Read(ref _state);
        return (state & (OneVersion - 1)) == (long)from
            && Interlocked.CompareExchange(ref _state, state + ((long)to - (long)from), state) == state;
    }
}
