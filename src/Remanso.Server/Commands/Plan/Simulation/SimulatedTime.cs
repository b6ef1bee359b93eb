namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>A clock that stands where the simulation puts it. Nothing waits for it: the simulation has an <see cref="Agenda"/>.</summary>
internal sealed class SimulatedTime : TimeProvider
{
    private const long MicrosPerSecond = 1_000_000;

    // Any moment would do, but versions are microseconds since 1970, and rows that were there before have lower ones.
    private static readonly DateTimeOffset _start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Microseconds since the trace's first call. Never set back.</summary>
    public long Micros { get; set; }

    public override long TimestampFrequency => MicrosPerSecond;

    public override long GetTimestamp() => Micros;

    public override DateTimeOffset GetUtcNow() => _start.AddMicroseconds(Micros);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new NotSupportedException("Nothing waits in a simulation.");
}
