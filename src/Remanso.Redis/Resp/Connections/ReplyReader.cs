using System.Buffers;

namespace Remanso.Redis.Resp.Connections;

// It has a thread of its own, which runs nobody else's code: replies are read and commands completed whatever their
// callers do, and also while the thread pool has no thread to give. Callers are woken on the pool (Turns).

/// <summary>
/// The one reader of a connection: receives, cuts the bytes into replies, hands each to the oldest command that is owed
/// one, and has the callers woken.
/// </summary>
internal sealed class ReplyReader(
    Stream stream,
    OwedReplies owed,
    CommandWriter writer,
    RespLimits limits,
    IPushReceiver pushes,
    IConnectionEnd end
)
{
    private const int UsualCapacity = 64 * 1024;
    private const int LeastReceive = 4 * 1024;

    private RespScanner _scanner = new(limits);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(UsualCapacity);
    private int _first;
    private int _last;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "Remanso Redis reader" }.UnsafeStart();

    /// <summary>Only after it has stopped.</summary>
    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Run()
    {
#pragma warning disable CA1031 // Whatever goes wrong ends this connection; its commands report it.
        try
        {
            while (true)
            {
                var count = stream.Read(_buffer.AsSpan(_last));
                if (count == 0)
                {
                    throw new EndOfStreamException("The server closed the connection.");
                }
                _last += count;
                Parse();
                Turns.Ask();
                writer.Unblock();
                MakeRoom();
            }
        }
        catch (Exception error)
        {
            end.Fail(error);
            end.HalfEnded();
        }
#pragma warning restore CA1031
    }

    private void Parse()
    {
        while (_first < _last)
        {
            var length = _scanner.Scan(_buffer.AsSpan(_first, _last - _first));
            if (length == 0)
            {
                break;
            }
            Handle(_buffer.AsSpan(_first, length));
            _first += length;
        }
    }

    private void Handle(ReadOnlySpan<byte> frame)
    {
        var reply = new RespReader(frame);
        if (reply.Type == RespType.Push)
        {
            if (!pushes.OnPush(ref reply, owed.Peek()))
            {
                return;
            }
            reply = new(frame);
        }
        if (!owed.TryRemove(out var command, out _))
        {
            throw new RespProtocolException("The server sent a reply to no command.");
        }
        if (reply.IsError)
        {
            HandleError(command, reply.ReadError());
        }
        else if (command.TryAnswer())
        {
            command.Accept(ref reply);
            Turns.Add(command);
        }
    }

    private void HandleError(RespCommand command, RedisServerException error)
    {
        if (command.Router?.TryRecover(command, error) != true && command.TryAnswer())
        {
            command.Fail(error);
            Turns.Add(command);
        }
    }

    /// <summary>Moves an unfinished reply to the front, into a larger buffer when it fills this one. The buffer doubles
    /// with what has arrived, whatever length was announced.</summary>
    private void MakeRoom()
    {
        var count = _last - _first;
        var tooLarge = _buffer.Length > 4 * UsualCapacity && count < UsualCapacity / 2;
        if (count == 0 && !tooLarge)
        {
            _first = _last = 0;
            return;
        }
        if (_buffer.Length - _last >= LeastReceive && !tooLarge)
        {
            return;
        }
        var target = _buffer;
        if (tooLarge || _buffer.Length - count < LeastReceive)
        {
            target = ArrayPool<byte>.Shared.Rent(tooLarge ? UsualCapacity : _buffer.Length * 2);
        }
        _buffer.AsSpan(_first, count).CopyTo(target);
        if (!ReferenceEquals(target, _buffer))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }
        _first = 0;
        _last = count;
    }
}
