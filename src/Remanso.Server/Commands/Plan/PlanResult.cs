using Remanso.Server.Commands.Plan.Simulation;

namespace Remanso.Server.Commands.Plan;

/// <summary>What the replays of a trace came to.</summary>
internal sealed record PlanResult
{
    public required Trace Trace { get; init; }

    public required StoreModel Store { get; init; }

    /// <summary>The options from which each table changes one thing.</summary>
    public required RunResult Base { get; init; }

    public required RunResult[] Sizes { get; init; }

    public required RunResult[] Ttls { get; init; }

    public required RunResult[] Intervals { get; init; }

    /// <summary>As the base, with a second process.</summary>
    public required RunResult TwoWorkers { get; init; }

    /// <summary>Lines of the log that can't be read.</summary>
    public long BadLines { get; init; }

    /// <summary>How long the database works on the reads where there is no cache.</summary>
    public TimeSpan QueryTimeWithout
    {
        get
        {
            var micros = 0.0;
            foreach (var call in Trace.Calls)
            {
                micros +=
                    call.Kind != CallKind.Read ? 0
                    : call.CostMicros >= 0 ? call.CostMicros
                    : Store.Query.TotalMicroseconds;
            }

            return TimeSpan.FromMicroseconds(micros);
        }
    }

    /// <summary>Row writes where there is no cache: one for each write and delete.</summary>
    public long RowsWithout => Trace.Writes + Trace.Deletes;
}
