namespace Remanso.Redis.Resp.Connections;

// Producers push onto a linked stack (_head), the writer takes the whole stack and reverses it, which makes it a queue.
// Two marks stand in place of an empty stack: _asleep, left by a writer that found nothing, so that the one producer
// who replaces it knows that he has to wake the writer; and _shut, after which every push is refused.
//
// What was taken but not yet written waits in _backlog, in order, under a lock that is taken once a batch. It holds no
// bytes, only commands whose callers are waiting: that is the back-pressure.

/// <summary>
/// Commands on their way to one writer: many producers, no lock on their side, nothing allocated.
/// </summary>
internal sealed class CommandQueue
{
    private static readonly RespCommand _asleep = new NoCommand();
    private static readonly RespCommand _shut = new NoCommand();

    private readonly Lock _gate = new();
    private RespCommand? _head = _asleep;
    private RespCommand? _backlog;
    private RespCommand? _last;

    /// <summary>False when the queue is shut. <paramref name="wake"/> tells this caller to run the writer.</summary>
    public bool TryPush(RespCommand command, out bool wake)
    {
        var head = Volatile.Read(ref _head);
        while (!ReferenceEquals(head, _shut))
        {
            wake = ReferenceEquals(head, _asleep);
            command.Next = wake ? null : head;
            var seen = Interlocked.CompareExchange(ref _head, command, head);
            if (ReferenceEquals(seen, head))
            {
                return true;
            }
            head = seen;
        }
        command.Next = null;
        wake = false;
        return false;
    }

    /// <summary>Everything that waits, in order, as a list. Null when there is nothing.</summary>
    public RespCommand? TakeAll()
    {
        lock (_gate)
        {
            Collect();
            var first = _backlog;
            _backlog = _last = null;
            return first;
        }
    }

    /// <summary>Gives back the tail of what was taken, to the front.</summary>
    public void PutBack(RespCommand first)
    {
        var last = first;
        while (last.Next is { } next)
        {
            last = next;
        }
        lock (_gate)
        {
            last.Next = _backlog;
            _last ??= last;
            _backlog = first;
        }
    }

    /// <summary>The writer found nothing: true when it may stop, and will be woken by the next push.</summary>
    public bool TrySleep()
    {
        // Under the lock: a sweep that came after the writer's look may have moved what was pushed since into the backlog,
        // and an empty stack would not tell.
        lock (_gate)
        {
            return _backlog is null && Interlocked.CompareExchange(ref _head, _asleep, null) is null;
        }
    }

    /// <summary>Whether the queue was shut: the writer ends then.</summary>
    public bool IsShut => ReferenceEquals(Volatile.Read(ref _head), _shut);

    /// <summary>Refuses all further commands. True when the writer was asleep, and so will never run again.</summary>
    public bool Close()
    {
        lock (_gate)
        {
            var head = Interlocked.Exchange(ref _head, _shut);
            if (ReferenceEquals(head, _asleep))
            {
                return true;
            }
            if (!ReferenceEquals(head, _shut))
            {
                Append(head);
            }
            return false;
        }
    }

    /// <summary>Times out what has waited too long, and forgets what was abandoned.</summary>
    public void Sweep(int now)
    {
        lock (_gate)
        {
            Collect();
            RespCommand? kept = null;
            for (var command = _backlog; command is not null; command = command.Next)
            {
                var observed = command.Observe();
                if (command.OverdueAt(now) >= 0)
                {
                    command.TryTimeOut(observed);
                }
                if (command.Phase != CommandPhase.Queued)
                {
                    continue;
                }
                if (kept is null)
                {
                    _backlog = command;
                }
                else
                {
                    kept.Next = command;
                }
                kept = command;
            }
            _last = kept;
            if (kept is null)
            {
                _backlog = null;
            }
            else
            {
                kept.Next = null;
            }
        }
    }

    private void Collect()
    {
        var head = Volatile.Read(ref _head);
        if (head is null || ReferenceEquals(head, _asleep) || ReferenceEquals(head, _shut))
        {
            return;
        }
        // Only here, under the lock, is a stack of commands replaced by null; producers merely add to it.
        head = Interlocked.Exchange(ref _head, null);
        if (ReferenceEquals(head, _shut))
        {
            throw new InvalidOperationException("Closing takes the same lock.");
        }
        Append(head);
    }

    private void Append(RespCommand? stack)
    {
        var newest = stack;
        RespCommand? oldest = null;
        while (stack is not null)
        {
            var next = stack.Next;
            stack.Next = oldest;
            oldest = stack;
            stack = next;
        }
        if (oldest is null)
        {
            return;
        }
        if (_last is null)
        {
            _backlog = oldest;
        }
        else
        {
            _last.Next = oldest;
        }
        _last = newest;
    }
}
