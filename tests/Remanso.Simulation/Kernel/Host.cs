namespace Remanso.Simulation.Kernel;

/// <summary>Where something runs: a machine's process, a server, or a client outside. What is to happen on one that died never
/// happens; on one that is paused, it happens once that goes on.</summary>
internal sealed class Host(string name)
{
    private readonly TaskCompletionSource _died = new();

    public string Name { get; } = name;

    public bool IsDead { get; private set; }

    /// <summary>Completes when it dies.</summary>
    public Task Died => _died.Task;

    /// <summary>Until when nothing happens here, in ticks of the simulated clock.</summary>
    public long PausedUntil { get; set; }

    /// <summary>By how much its wall clock is wrong, in ticks.</summary>
    public long ClockShift { get; set; }

    public void Die()
    {
        IsDead = true;
        _died.TrySetResult();
    }

    public override string ToString() => Name;
}
