namespace Remanso.Redis.Resp.Connections;

/// <summary>
/// The one writer of a connection. Woken by the first command that finds it asleep, it encodes whatever is queued into
/// one buffer, sends it in one write, and looks again, until the queue is empty. So the batches grow by themselves with
/// the load: the slower the socket, the more commands share a write.
/// </summary>
internal sealed class CommandWriter(Stream stream, CommandQueue queue, OwedReplies owed, RedisConnectionLimits limits, IConnectionEnd end)
{
    // A command takes up to three places: itself, an ASKING before it, a follower behind it.
    private const int PlacesPerCommand = 3;
    private static readonly RespArg[] _askingArguments = ["ASKING"];

    private readonly RespWriter _buffer = new(limits.LargestWrite);

    // What was taken from the queue, and is not encoded.
    private RespCommand? _rest;
    private long _encoded;
    private long _handedOver;
    private int _deferred;
    private int _deferredAtLastSweep;
    private int _blocked;

    /// <summary>The number of commands that a write to the socket was begun for; the others certainly did not
    /// run.</summary>
    public long HandedOver => Volatile.Read(ref _handedOver);

    /// <summary>Runs it soon, or when the batch of this thread ends.</summary>
    public void Wake()
    {
        if (WriteBatch.IsOpen)
        {
            Volatile.Write(ref _deferred, 1);
            WriteBatch.Defer(this);
        }
        else
        {
            Turns.Wake(this);
        }
    }

    /// <summary>Runs it here.</summary>
    public void Run() => _ = RunAsync();

    /// <summary>Runs it here, unless the heartbeat was first.</summary>
    public void RunDeferred()
    {
        if (Interlocked.Exchange(ref _deferred, 0) == 1)
        {
            _ = RunAsync();
        }
    }

    /// <summary>Replies have come: continues, if that was what it waited for.</summary>
    public void Unblock()
    {
        // Pairs with the exchange in TryBlock: either it sees the replies or this sees that it is blocked.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _blocked) == 1 && Interlocked.Exchange(ref _blocked, 0) == 1)
        {
            Turns.Wake(this);
        }
    }

    /// <summary>Frees commands from a batch whose thread does not come to its end.</summary>
    public void Sweep()
    {
        var deferred = Volatile.Read(ref _deferred);
        if (deferred == 1 && _deferredAtLastSweep == 1 && Interlocked.Exchange(ref _deferred, 0) == 1)
        {
            Turns.Wake(this);
            deferred = 0;
        }
        _deferredAtLastSweep = deferred;
    }

    /// <summary>Only after it has stopped.</summary>
    public void Release() => _buffer.Release();

    private bool HasRoom => owed.Free >= PlacesPerCommand && _encoded - owed.BytesAnswered < limits.MaxOutstandingBytes;

    private async Task RunAsync()
    {
#pragma warning disable CA1031 // Whatever goes wrong ends this connection; its commands report it.
        try
        {
            while (!queue.IsShut)
            {
                _rest = queue.TakeAll();
                if (_rest is null)
                {
                    if (queue.TrySleep())
                    {
                        return;
                    }
                    continue;
                }
                Encode();
                GiveBack();
                if (_buffer.Count > 0)
                {
                    Volatile.Write(ref _handedOver, owed.Added);
                    await stream.WriteAsync(_buffer.Written).ConfigureAwait(false);
                    _buffer.Clear();
                }
                else if (!HasRoom && TryBlock())
                {
                    return;
                }
            }
        }
        catch (Exception error)
        {
            GiveBack();
            end.Fail(error);
        }
#pragma warning restore CA1031
        end.HalfEnded();
    }

    /// <summary>Encodes as many as fit.</summary>
    private void Encode()
    {
        while (_rest is { } command && _buffer.Count < RespWriter.UsualCapacity && HasRoom)
        {
            _rest = command.Next;
            command.Next = null;
            if (command.TryBeginWrite())
            {
                var follower = command.Follower;
                Encode(command);
                if (follower is not null && follower.TryBeginWrite())
                {
                    Encode(follower);
                }
            }
        }
    }

    private void Encode(RespCommand command)
    {
        try
        {
            if (command.Asking)
            {
                Encode(_askingArguments);
                owed.Add(NoCommand.Discard, _encoded);
            }
            Encode(command.Arguments);
        }
        finally
        {
            // Also where there is no memory for it: among those owed a reply it is failed with them.
            owed.Add(command, _encoded);
            command.EndWrite();
        }
    }

    private void Encode(ReadOnlySpan<RespArg> arguments)
    {
        var before = _buffer.Count;
        _buffer.Write(arguments);
        _encoded += _buffer.Count - before;
    }

    /// <summary>Puts the rest back into the queue, where it is sent later, or ends with the connection.</summary>
    private void GiveBack()
    {
        if (_rest is { } rest)
        {
            _rest = null;
            queue.PutBack(rest);
        }
    }

    /// <summary>Too much is outstanding. True when the reader will wake this writer again.</summary>
    private bool TryBlock()
    {
        Interlocked.Exchange(ref _blocked, 1);
        return (!HasRoom && !queue.IsShut) || Interlocked.Exchange(ref _blocked, 0) == 0;
    }
}
