using System.Text;

namespace Remanso.Load.Reporting;

/// <summary>What a run gave, for people and, as JSON, for scripts.</summary>
internal sealed record LoadReport
{
    private LoadReport(LoadOptions options, Measurement measured, ServerCounts? counts, double? untilCleanMs, long? oldestAgeMs)
    {
        var tally = measured.Tally;
        Connections = options.Connections;
        TargetRate = options.Rate;
        Throughput = Math.Round(measured.Throughput, 1);
        P50Ms = tally.Latency.Percentile(0.5);
        P99Ms = tally.Latency.Percentile(0.99);
        P999Ms = tally.Latency.Percentile(0.999);
        MaxMs = tally.Latency.Max / 1e6;
        OwnLatenessP99Ms = measured.Lateness?.Percentile(0.99);
        Answers = tally.Latency.Count;
        Errors = tally.Errors;
        Unanswered = measured.Unanswered;
        Statuses = tally.Statuses.ToDictionary();
        LastError = tally.LastError;
        BodyBytes = tally.BodyLength;
        ResponseBytes = tally.TotalLength;
        Written = tally.Written;
        StoreWrites = counts?.Stored;
        StoreQueries = counts?.Queries;
        UntilCleanMs = untilCleanMs;
        OldestAgeMs = oldestAgeMs;
    }

    public int Connections { get; }

    /// <summary>The rate asked for; null: flat out.</summary>
    public double? TargetRate { get; }

    /// <summary>Answers per second.</summary>
    public double Throughput { get; }

    public double P50Ms { get; }

    public double P99Ms { get; }

    public double P999Ms { get; }

    public double MaxMs { get; }

    /// <summary>How late this program itself sent, at worst in 99 of 100 cases: a share of the latencies that is not
    /// the server's.</summary>
    public double? OwnLatenessP99Ms { get; }

    public long Answers { get; }

    /// <summary>Answers without success, and requests that broke.</summary>
    public long Errors { get; }

    /// <summary>Requests that were due (flat out: sent) and got no answer.</summary>
    public long Unanswered { get; }

    public Dictionary<int, long> Statuses { get; }

    public string? LastError { get; }

    public int BodyBytes { get; }

    public int ResponseBytes { get; }

    /// <summary>Writes answered with success.</summary>
    public long Written { get; }

    /// <summary>What those became in the store; null where the server keeps no counts.</summary>
    public long? StoreWrites { get; }

    public long? StoreQueries { get; }

    /// <summary>From the end of the measured time until nothing was dirty.</summary>
    public double? UntilCleanMs { get; }

    /// <summary>The highest age of the oldest dirty entry during the measured time; null where nobody watched.</summary>
    public long? OldestAgeMs { get; }

    public static LoadReport Of(LoadOptions options, Measurement measured, ServerCounts? counts, double? untilCleanMs, long? oldestAgeMs) =>
        new(options, measured, counts, untilCleanMs, oldestAgeMs);

    public override string ToString()
    {
        var text = new StringBuilder();
        var pace = TargetRate is { } rate ? Units.Say($"{rate:0} per second asked for") : "flat out";
        text.AppendLine(Units.Say($"throughput     {Throughput:0} per second ({Connections} connections, {pace})"));
        text.AppendLine(Units.Say($"latency        p50 {P50Ms:0.000}  p99 {P99Ms:0.000}  p99.9 {P999Ms:0.000}  max {MaxMs:0.000} ms"));
        if (OwnLatenessP99Ms is { } own)
        {
            text.AppendLine(Units.Say($"own lateness   p99 {own:0.000} ms, part of the latencies above"));
        }

        text.AppendLine(
            Units.Say(
                $"answers        {Answers}: {string.Join(", ", Statuses.Select(static pair => Units.Say($"{pair.Value} × {pair.Key}")))}"
            )
        );
        text.Append(Units.Say($"errors         {Errors}, unanswered {Unanswered}{(LastError is null ? "" : $" ({LastError})")}"));
        if (StoreWrites is { } stored && Written > 0)
        {
            var each = stored > 0 ? Units.Say($", {(double)Written / stored:0.0} for one") : "";
            text.AppendLine()
                .Append(Units.Say($"store writes   {stored} for {Written} writes{each}; clean {UntilCleanMs:0} ms after the last"));
        }

        if (OldestAgeMs is { } oldest)
        {
            text.AppendLine().Append(Units.Say($"oldest dirty   {oldest} ms at the highest"));
        }

        return text.ToString();
    }
}
