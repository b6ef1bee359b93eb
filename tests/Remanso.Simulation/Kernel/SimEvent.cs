namespace Remanso.Simulation.Kernel;

/// <summary>What is to happen on a host.</summary>
internal sealed class SimEvent(Host host, Action action)
{
    public Host Host { get; } = host;

    public Action Action { get; } = action;

    public bool IsCancelled { get; private set; }

    public void Cancel() => IsCancelled = true;
}
