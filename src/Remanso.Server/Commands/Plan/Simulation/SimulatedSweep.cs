namespace Remanso.Server.Commands.Plan.Simulation;

// Of a slow log it would be most of the work. It is left out where it would find nothing, and where memory is not
// short, so that it would change nothing.

/// <summary>The sweep for copies that nobody may see any more, which workers do once a second with their beat.</summary>
internal sealed class SimulatedSweep
{
    private const long EveryMicros = 1_000_000;
    private const double ShortOfMemory = 0.8;

    private readonly SimulatedWorld _world;
    private readonly string _worker;
    private long _due;

    public SimulatedSweep(SimulatedWorld world, string worker)
    {
        _world = world;
        _worker = worker;
        var ttl = world.Options.Ttl;
        var shortest = (ttl.Base * (1 - ttl.Jitter)) + ttl.Grace;
        _due = (long)(world.Trace.Deletes > 0 && ttl.Absent < shortest ? ttl.Absent * (1 - ttl.Jitter) : shortest).TotalMicroseconds;
    }

    public void IfDue()
    {
        if (_world.Time.Micros >= _due && _world.Tier.Bytes >= _world.Options.Tier.MaxBytes * ShortOfMemory)
        {
            _ = SimulatedReader.Done(_world.Tier.HeartbeatAsync(_worker, TimeSpan.FromDays(1), CancellationToken.None));
            _due = _world.Time.Micros + EveryMicros;
        }
    }
}
