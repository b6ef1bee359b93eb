using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace Remanso.Redis.Resp.Connections;

/// <summary>A command whose reply becomes a <typeparamref name="T"/>: the caller awaits the object itself, which goes
/// back to the pool when the result was taken. Its <see cref="ValueTask{TResult}"/> must be awaited once, as
/// any.</summary>
internal sealed class RespCommand<T> : RespCommand, IValueTaskSource<T>
{
    // Most commands are taken and given back by the same few pool threads, so a small store per thread serves nearly
    // all; the shared one evens out threads that only take and threads that only give.
    private const int PerThread = 64;
    private const int Shared = 4096;

    [ThreadStatic]
    private static RespCommand? _first;

    [ThreadStatic]
    private static int _count;

    private static readonly ConcurrentQueue<RespCommand<T>> _pool = new();
    private static int _pooled;

    private ManualResetValueTaskSourceCore<T> _core;
    private ReplyParser<T> _parser = null!;
    private T _result = default!;

    /// <summary>For the one caller of this use of the object.</summary>
    public ValueTask<T> Task => new(this, _core.Version);

    public static RespCommand<T> Rent(ReplyParser<T> parser)
    {
        RespCommand<T>? command;
        if (_first is { } first)
        {
            command = (RespCommand<T>)first;
            _first = command.Next;
            command.Next = null;
            _count--;
        }
        else if (_pool.TryDequeue(out command))
        {
            Interlocked.Decrement(ref _pooled);
        }
        else
        {
            command = new();
        }
        command._parser = parser;
        return command;
    }

    public override void Accept(ref RespReader reply)
    {
#pragma warning disable CA1031 // Whatever a parser throws belongs to its caller, not to the connection.
        try
        {
            _result = _parser(ref reply);
        }
        catch (Exception error)
        {
            Error = error;
        }
#pragma warning restore CA1031
    }

    T IValueTaskSource<T>.GetResult(short token)
    {
        // A failed command is not pooled: it may still be in a queue, and failures need not be fast.
        var result = _core.GetResult(token);
        if (Reusable)
        {
            Return();
        }
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    protected override void Wake()
    {
        if (Error is null)
        {
            _core.SetResult(_result);
        }
        else
        {
            _core.SetException(Error);
        }
    }

    private void Return()
    {
        Clear();
        _core.Reset();
        _result = default!;
        _parser = null!;
        if (_count < PerThread)
        {
            Next = _first;
            _first = this;
            _count++;
        }
        else if (Interlocked.Increment(ref _pooled) <= Shared)
        {
            _pool.Enqueue(this);
        }
        else
        {
            Interlocked.Decrement(ref _pooled);
        }
    }
}
