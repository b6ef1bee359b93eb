using System.Threading.Tasks.Sources;

namespace Remanso.Load.Driving;

/// <summary>A connection's wait for its turn, used again and again. Who grants the turn runs what follows it.</summary>
internal sealed class Turn : IValueTaskSource<long>
{
    // Not readonly: a mutable struct.
    private ManualResetValueTaskSourceCore<long> _core;

    public ValueTask<long> WaitAsync()
    {
        _core.Reset();
        return new ValueTask<long>(this, _core.Version);
    }

    public void Grant(long due) => _core.SetResult(due);

    long IValueTaskSource<long>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<long>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<long>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _core.OnCompleted(continuation, state, token, flags);
}
