using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Load;

namespace Remanso.Torture.Tests.Reporting;

/// <summary>What a scenario is reported by.</summary>
/// <param name="Writes">Acknowledged writes.</param>
/// <param name="Duration">From the first write to the last acknowledgement.</param>
/// <param name="Rows">Rows in the database.</param>
/// <param name="Versions">Versions that they have had.</param>
/// <param name="Disturbances">What was done to the servers, in words.</param>
/// <param name="Lag">The longest that a dirty entry was seen waiting.</param>
/// <param name="Refusals">Calls that the API refused, in whole or in part.</param>
/// <param name="Unacknowledged">Rows that hold a write that the API had refused.</param>
internal sealed record Figures(
    long Writes,
    TimeSpan Duration,
    int Rows,
    long Versions,
    string Disturbances,
    TimeSpan Lag,
    long Refusals,
    int Unacknowledged
)
{
    public double WritesPerSecond => Writes / Duration.TotalSeconds;

    public static Figures Of(WriteLoad load, TimeSpan duration, Audit audit, string disturbances, LagProbe lag) =>
        new(load.Acknowledged, duration, audit.Rows, audit.Versions, disturbances, lag.Longest, load.Refusals, audit.Unacknowledged);
}
