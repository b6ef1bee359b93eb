namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>What is to happen at which simulated time, beside the trace's own calls.</summary>
internal sealed class Agenda(SimulatedTime time)
{
    private readonly PriorityQueue<Action, (long Micros, long Order)> _due = new();
    private long _order;
    private long _next = long.MaxValue;

    /// <summary>When the next thing is due; <see cref="long.MaxValue"/> where nothing is.</summary>
    public long Next => _next;

    /// <summary>Puts something on the agenda; of one time, what came first happens first.</summary>
    public void Add(long micros, Action what)
    {
        _due.Enqueue(what, (micros, _order++));
        _next = Math.Min(_next, micros);
    }

    /// <summary>Lets the next thing happen.</summary>
    public void RunNext()
    {
        _due.TryDequeue(out var what, out var due);
        _next = _due.TryPeek(out _, out var next) ? next.Micros : long.MaxValue;
        time.Micros = Math.Max(time.Micros, due.Micros);
        what!();
    }
}
