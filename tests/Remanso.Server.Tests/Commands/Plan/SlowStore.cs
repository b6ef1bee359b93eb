using System.Collections.Concurrent;
using Remanso.Conformance.Support;

namespace Remanso.Server.Tests.Commands.Plan;

/// <summary>A database whose queries and batches take as long as a test says, on the test's clock.</summary>
/// <param name="clock">The clock.</param>
/// <param name="query">Microseconds for a query of these keys.</param>
/// <param name="batch">Microseconds for a batch of so many rows.</param>
internal sealed class SlowStore(FlushClock clock, Func<IReadOnlyList<string>, long> query, Func<int, long> batch)
{
    // What a cache asks at once unless it is told otherwise.
    private const int MostQueries = 4;

    private readonly ConcurrentDictionary<object, Pending> _pending = new();

    public ScriptedStore Rows { get; } = new();

    /// <summary>What is under way, what is due first in front.</summary>
    public Pending? First => _pending.Values.OrderBy(static pending => pending.DueAt).FirstOrDefault();

    /// <summary>Batches that are under way.</summary>
    public int Saves => _pending.Values.Count(static pending => pending.Keys is null);

    /// <summary>Whether a key is being loaded, or has to wait until another query is done.</summary>
    public bool LoadsOrIsBusy(string key) =>
        _pending.Values.Count(static pending => pending.Keys is not null) == MostQueries
        || _pending.Values.Any(pending => pending.Keys?.Contains(key) == true);

    public void Connect()
    {
        Rows.OnLoad = (keys, _) => WaitAsync(keys, query(keys));
        Rows.BeforeSave = rows => WaitAsync(null, batch(rows.Count));
    }

    /// <summary>Lets what was due be done.</summary>
    public void Complete(Pending pending)
    {
        _pending.TryRemove(pending, out _);
        pending.Done.SetResult();
    }

    private Task WaitAsync(IReadOnlyList<string>? keys, long micros)
    {
        if (micros == 0)
        {
            return Task.CompletedTask;
        }

        var pending = new Pending(keys, clock.Micros + micros);
        _pending[pending] = pending;
        return pending.Done.Task;
    }

    /// <param name="Keys">Of a query; null for a batch.</param>
    /// <param name="DueAt">When it is done.</param>
    internal sealed record Pending(IReadOnlyList<string>? Keys, long DueAt)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
