namespace Remanso.Redis.Resp;

// Waiting commands are in one place whatever they wait for. Any change (a link connected, a topology learnt) sends all
// of them on their way again, and those that still find nobody come back.

/// <summary>
/// Brings commands to the server that serves them, again and again if need be: follows redirects, reloads scripts, and
/// keeps what no server takes at present until one does.
/// </summary>
internal sealed class CommandRouter(
    RedisTopology topology,
    RedisTimings timings,
    Heartbeat heartbeat,
    Action topologyChanged,
    Func<Exception?> findError
) : ICommandRouter
{
    public const int MostResends = 16;

    private readonly ParkedCommands _parked = new();

    public void Submit(RespCommand command)
    {
        var node = topology.Route(command);
        if (node is null || !node.TrySubmit(command))
        {
            Park(command, node);
        }
    }

    /// <inheritdoc />
    public void Resubmit(RespCommand command)
    {
        command.Detour = null;
        command.Asking = false;
        Submit(command);
    }

    /// <inheritdoc />
    public bool TryRecover(RespCommand command, RedisServerException error)
    {
        if (error.Code == "CLUSTERDOWN" && command.Server is { } server)
        {
            topology.NoteDown(server);
        }
        if (error.Code == "READONLY")
        {
            // A master that has become a replica: what it answers to reads is old from now on.
            command.Server?.Dismiss();
            topologyChanged();
        }
        if (command.Follower is not null)
        {
            // What follows it was sent too, and is of no use now. Its caller sends both anew.
            Learn(command, error, out _);
            return false;
        }
        switch (error.Code)
        {
            case "MOVED" or "ASK":
                return TryRedirect(command, error);
            case "NOSCRIPT" when command.Script is { } script:
                return TryResend(command, () =>
                {
                    command.Rewrite("EVAL", script.Body);
                    command.Script = null;
                });
            case "READONLY" when command.Node is null:
                // Waits for the next answer to the question who is master now.
                if (command.Resent++ >= MostResends)
                {
                    return false;
                }
                if (command.TryRequeue())
                {
                    Park(command, null);
                }
                return true;
            case "CLUSTERDOWN" or "MASTERDOWN" or "LOADING":
                topologyChanged();
                return false;
            default:
                return false;
        }
    }

    /// <summary>Something has changed: all that waits tries again.</summary>
    public void Unpark()
    {
        var command = _parked.TakeAll();
        while (command is not null)
        {
            var next = command.Next;
            command.Next = null;
            Submit(command);
            command = next;
        }
    }

    public void Sweep(int now)
    {
        if (!_parked.IsEmpty)
        {
            topologyChanged(); // Or so they hope: another server may serve them by now.
        }
        var expired = _parked.TakeExpired(now);
        while (expired is not null)
        {
            var next = expired.Next;
            expired.Next = null;
            FailUnsent(expired, topology.Route(expired));
            expired = next;
        }
    }

    /// <summary>Fails everything that waits, at the end.</summary>
    public void Close()
    {
        var command = _parked.Close();
        while (command is not null)
        {
            var next = command.Next;
            FailUnsent(command, null);
            command = next;
        }
    }

    private bool TryRedirect(RespCommand command, RedisServerException error) =>
        command.Node is null && Learn(command, error, out var redirect) is { } node && TryResend(command, () =>
        {
            command.Asking = !redirect.IsMoved;
            command.Detour = redirect.IsMoved ? null : node;
        });

    /// <summary>The node that a redirect names, after the topology has learnt from it. Null for any other
    /// error.</summary>
    private RedisNode? Learn(RespCommand command, RedisServerException error, out Redirect redirect)
    {
        // Who was asked, and not who serves the slot by now.
        var asked = (command.Server ?? topology.Route(command))?.EndPoint ?? default;
        if (!Redirect.TryParse(error.Message, asked, out redirect))
        {
            return null;
        }
        var node = topology.NodeOf(redirect.To);
        node.Absences = 0;
        if (redirect.IsMoved)
        {
            topology.Move(redirect.Slot, node);
            topologyChanged();
        }
        return node;
    }

    private bool TryResend(RespCommand command, Action change)
    {
        if (command.Resent++ >= MostResends)
        {
            return false;
        }
        change();
        if (command.TryRequeue())
        {
            Submit(command);
        }
        return true;
    }

    private void Park(RespCommand command, RedisNode? node)
    {
        if (timings.FailFast && topology.WasKnown && command.Resent == 0)
        {
            FailUnsent(command, node);
            return;
        }
        if (command.ParkedUntil == 0)
        {
            command.ParkedUntil = heartbeat.After(timings.ConnectTimeout);
        }
        if (!_parked.TryAdd(command))
        {
            FailUnsent(command, null);
        }
        else if (node?.CanTake(command) == true)
        {
            Unpark(); // It connected between the refusal and the parking.
        }
    }

    private void FailUnsent(RespCommand command, RedisNode? node)
    {
        if (command.TryClaim())
        {
            var server = node is null ? "a Redis master" : $"Redis at {node.EndPoint}";
            // A node that is connected may be the wrong one: a replica by now, whose master is nowhere to be found.
            var error = node?.Commands.WhyNot ?? findError();
            command.Fail(
                new RedisConnectionException(
                    $"{command.Arguments[0]} found no connection to {server}{(error is null ? "" : ": " + error.Message)}",
                    mayHaveRun: false,
                    error
                )
            );
            Turns.Wake(command);
        }
    }
}
