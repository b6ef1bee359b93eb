using System.Buffers;
using System.Runtime.CompilerServices;

namespace Remanso.Redis.Resp.Connections;

/// <summary>
/// The one reader of a connection: receives, cuts the bytes into replies, hands each to the oldest command that is owed
/// one, and then wakes the callers.
/// </summary>
/// <remarks>It is a loop turned inside out: the next receive is begun <em>before</em> the callers are woken, and its
/// completion runs this object on another thread. A caller's continuation can therefore take its time. The parsing
/// itself is never run by two threads, because only the last statement of a turn begins the next.</remarks>
internal sealed class ReplyReader : IThreadPoolWorkItem
{
    private const int UsualCapacity = 64 * 1024;
    private const int LeastReceive = 4 * 1024;

    // Waking this many callers is put off while more bytes are at hand; beyond, another thread goes on reading.
    private const int LongestBatch = 256;

    private readonly Stream _stream;
    private readonly OwedReplies _owed;
    private readonly Completions _completions;
    private readonly CommandWriter _writer;
    private readonly IPushReceiver _pushes;
    private readonly IConnectionEnd _end;
    private readonly Action _continue;
    private RespScanner _scanner;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _receive;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(UsualCapacity);
    private int _first;
    private int _last;

    public ReplyReader(
        Stream stream,
        OwedReplies owed,
        Completions completions,
        CommandWriter writer,
        RespLimits limits,
        IPushReceiver pushes,
        IConnectionEnd end)
    {
        _stream = stream;
        _owed = owed;
        _completions = completions;
        _writer = writer;
        _scanner = new(limits);
        _pushes = pushes;
        _end = end;
        _continue = Continue;
    }

    public void Start()
    {
        _receive = Receive();
        BeginNextTurn();
    }

    /// <summary>Only after it has stopped.</summary>
    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    void IThreadPoolWorkItem.Execute() => Continue();

    private void BeginNextTurn()
    {
        var receive = _receive; // A copy: the next turn may overwrite the field while this call returns.
        if (receive.IsCompleted)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            receive.UnsafeOnCompleted(_continue);
        }
    }

    private void Continue()
    {
#pragma warning disable CA1031 // Whatever goes wrong ends this connection; its commands report it.
        try
        {
            var parsed = 0;
            do
            {
                var count = _receive.GetResult();
                if (count == 0)
                {
                    throw new EndOfStreamException("The server closed the connection.");
                }
                _last += count;
                parsed += Parse();
                _writer.Unblock();
                MakeRoom();
                _receive = Receive();
            }
            while (_receive.IsCompleted && parsed < LongestBatch);
        }
        catch (Exception error)
        {
            _end.Fail(error);
            _end.HalfEnded();
            return;
        }
#pragma warning restore CA1031
        // From here on the next turn may be under way on another thread: nothing but the completions is touched.
        BeginNextTurn();
        _completions.Drain();
    }

#pragma warning disable CA2012 // Its awaiter is used once: by the turn that it begins.
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter Receive() =>
        _stream.ReadAsync(_buffer.AsMemory(_last)).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012

    private int Parse()
    {
        var parsed = 0;
        while (_first < _last)
        {
            var length = _scanner.Scan(_buffer.AsSpan(_first, _last - _first));
            if (length == 0)
            {
                break;
            }
            Handle(_buffer.AsSpan(_first, length));
            _first += length;
            parsed++;
        }
        return parsed;
    }

    private void Handle(ReadOnlySpan<byte> frame)
    {
        var reply = new RespReader(frame);
        if (reply.Type == RespType.Push)
        {
            if (!_pushes.OnPush(ref reply, _owed.Peek()))
            {
                return;
            }
            reply = new(frame);
        }
        if (!_owed.TryRemove(out var command, out _))
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
            _completions.Add(command);
        }
    }

    private void HandleError(RespCommand command, RedisServerException error)
    {
        if (command.Router?.TryRecover(command, error) != true && command.TryAnswer())
        {
            command.Fail(error);
            _completions.Add(command);
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
