namespace Remanso.Redis.Resp;

/// <summary>Commands that no connection takes at present.</summary>
internal sealed class ParkedCommands
{
    private readonly Lock _gate = new();
    private RespCommand? _first;
    private RespCommand? _last;
    private bool _isClosed;

    public bool IsEmpty => Volatile.Read(ref _first) is null;

    /// <summary>False after <see cref="Close"/>.</summary>
    public bool TryAdd(RespCommand command)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }
            Append(ref _first, ref _last, command);
            return true;
        }
    }

    /// <summary>All of them, oldest first, as a list.</summary>
    public RespCommand? TakeAll()
    {
        lock (_gate)
        {
            var first = _first;
            _first = _last = null;
            return first;
        }
    }

    /// <summary>Those that have waited long enough, as a list; forgets what was abandoned.</summary>
    public RespCommand? TakeExpired(int now)
    {
        lock (_gate)
        {
            RespCommand? expired = null,
                lastExpired = null;
            var command = _first;
            _first = _last = null;
            while (command is not null)
            {
                var next = command.Next;
                if (command.Phase != CommandPhase.Queued)
                {
                    command.Next = null;
                }
                else if (now - command.ParkedUntil >= 0 || command.OverdueAt(now) >= 0)
                {
                    Append(ref expired, ref lastExpired, command);
                }
                else
                {
                    Append(ref _first, ref _last, command);
                }
                command = next;
            }
            return expired;
        }
    }

    /// <summary>Takes all and refuses further ones.</summary>
    public RespCommand? Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            return TakeAll();
        }
    }

    private static void Append(ref RespCommand? first, ref RespCommand? last, RespCommand command)
    {
        command.Next = null;
        if (last is null)
        {
            first = command;
        }
        else
        {
            last.Next = command;
        }
        last = command;
    }
}
