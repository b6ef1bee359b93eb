using System.Collections.Concurrent;

namespace Remanso.Redis.Resp.Connections;

/// <summary>
/// Commands whose reply is parsed and whose callers are to be woken. The reader fills it, and drains it itself once the
/// next receive is under way, so that waking costs no thread-pool hop per command and still nobody's continuation holds
/// up the replies of others.
/// </summary>
/// <remarks>Continuations run one after another on the draining thread. One that blocks delays the rest, until
/// <see cref="Sweep"/> notices that nothing moves and sets another thread on the queue: a delay of a heartbeat or two,
/// never a deadlock.</remarks>
internal sealed class Completions : IThreadPoolWorkItem
{
    // What woken callers issue is written together: after a few of them first, so that the server has something to do while the others are woken, and then after more and more.
    private const int FirstWrite = 16;
    private const int LargestWrite = 128;

    private readonly ConcurrentQueue<RespCommand> _queue = new();
    private long _signalled;
    private long _signalledAtLastSweep;

    public void Add(RespCommand command) => _queue.Enqueue(command);

    public void Drain()
    {
        if (_queue.IsEmpty)
        {
            return;
        }
        bool more;
        var callers = FirstWrite;
        do
        {
            using var batch = WriteBatch.Begin();
            var left = callers;
            callers = Math.Min(2 * callers, LargestWrite);
            for (more = true; more && left > 0; left--)
            {
                more = _queue.TryDequeue(out var command);
                if (more)
                {
                    Volatile.Write(ref _signalled, _signalled + 1);
                    command!.Signal();
                }
            }
        }
        while (more);
    }

    /// <summary>Drains on another thread.</summary>
    public void DrainElsewhere() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    public void Sweep()
    {
        var signalled = Volatile.Read(ref _signalled);
        if (signalled == _signalledAtLastSweep && !_queue.IsEmpty)
        {
            DrainElsewhere();
        }
        _signalledAtLastSweep = signalled;
    }

    void IThreadPoolWorkItem.Execute() => Drain();
}
