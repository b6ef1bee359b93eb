namespace Remanso.Load.Reporting;

/// <summary>What a measured time gave.</summary>
/// <param name="Tally">Of all connections.</param>
/// <param name="Duration">The measured time.</param>
/// <param name="Scheduled">How many requests were due; null flat out.</param>
/// <param name="Lateness">How late this program itself was; null flat out.</param>
internal sealed record Measurement(Tally Tally, TimeSpan Duration, long? Scheduled, Histogram? Lateness)
{
    /// <summary>Answers per second.</summary>
    public double Throughput => Tally.InTime / Duration.TotalSeconds;

    /// <summary>Requests that were due and got no answer.</summary>
    public long Unanswered => Scheduled is { } due ? Math.Max(due - Tally.Latency.Count, 0) : Tally.Broken;
}
