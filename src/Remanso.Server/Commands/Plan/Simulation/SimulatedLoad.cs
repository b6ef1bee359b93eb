using Remanso.Near;

namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>A key's flight: the load that one read leads and others join.</summary>
/// <param name="call">The read that leads.</param>
/// <param name="began">When, in microseconds.</param>
internal sealed class SimulatedLoad(TracedCall call, long began)
{
    private List<long>? _leaveAt;

    /// <summary>The read that leads.</summary>
    public TracedCall Call { get; } = call;

    /// <summary>When it began.</summary>
    public long Began { get; set; } = began;

    /// <summary>What the near cache had heard when the leader's read began; null where there is none.</summary>
    public NearTicket<string, ReadOnlyMemory<byte>>? Ticket { get; init; }

    /// <summary>The fill lease.</summary>
    public long Lease { get; set; }

    /// <summary>Readers that wait for it until it comes back.</summary>
    public int Waiting { get; set; }

    /// <summary>Readers with a stale copy at hand: when each takes that instead.</summary>
    public IReadOnlyList<long> LeaveAt => _leaveAt ?? [];

    /// <summary>Flights of other processes, which wait for this one's fill.</summary>
    public List<Action>? Followers { get; set; }

    /// <summary>Whether a reader has left it already: then further ones take their stale copy at once.</summary>
    public bool IsLate(long now) => _leaveAt is [var first, ..] && first <= now;

    /// <summary>Lets a reader join.</summary>
    /// <param name="leaveAt">When it takes its stale copy; null where it has none.</param>
    public void Join(long? leaveAt)
    {
        if (leaveAt is { } time)
        {
            (_leaveAt ??= []).Add(time);
        }
        else
        {
            Waiting++;
        }
    }
}
