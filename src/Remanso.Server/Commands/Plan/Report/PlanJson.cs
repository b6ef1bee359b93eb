using System.Text.Json;
using Remanso.Server.Commands.Plan.Simulation;
using Remanso.Server.Commands.Remote.Bench;

namespace Remanso.Server.Commands.Plan.Report;

/// <summary>A plan for scripts: one document with all figures as they are.</summary>
internal static class PlanJson
{
    public static void Write(TextWriter output, PlanResult plan) =>
        output.WriteLine(
            JsonLine.Of(json =>
            {
                var trace = plan.Trace;
                json.WriteStartObject("calls"u8);
                json.WriteNumber("reads"u8, trace.Reads);
                json.WriteNumber("writes"u8, trace.Writes);
                json.WriteNumber("deletes"u8, trace.Deletes);
                json.WriteNumber("keys"u8, trace.Keys.Length);
                json.WriteNumber("bytes"u8, trace.Footprint);
                json.WriteNumber("durationMs"u8, trace.Duration.TotalMilliseconds);
                json.WriteNumber("sorted"u8, trace.Unsorted);
                json.WriteNumber("badLines"u8, plan.BadLines);
                json.WriteEndObject();
                json.WriteStartObject("withoutCache"u8);
                json.WriteNumber("queries"u8, trace.Reads);
                json.WriteNumber("queryTimeMs"u8, plan.QueryTimeWithout.TotalMilliseconds);
                json.WriteNumber("rows"u8, plan.RowsWithout);
                json.WriteEndObject();
                json.WritePropertyName("base"u8);
                Write(json, plan.Base);
                Write(json, "sizes", plan.Sizes);
                Write(json, "ttls", plan.Ttls);
                Write(json, "flushIntervals", plan.Intervals);
                json.WritePropertyName("twoWorkers"u8);
                Write(json, plan.TwoWorkers);
                json.WriteStartArray("advice"u8);
                foreach (var advice in Advice.Of(plan))
                {
                    json.WriteStringValue(advice);
                }

                json.WriteEndArray();
            })
        );

    private static void Write(Utf8JsonWriter json, string name, RunResult[] runs)
    {
        json.WriteStartArray(name);
        foreach (var run in runs)
        {
            Write(json, run);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, RunResult run)
    {
        var counts = run.Counts;
        json.WriteStartObject();
        json.WriteNumber("sizeBytes"u8, run.Options.Tier.MaxBytes);
        json.WriteNumber("ttlMs"u8, run.Options.Ttl.Base.TotalMilliseconds);
        json.WriteNumber("flushIntervalMs"u8, run.Options.Flush.Interval.TotalMilliseconds);
        json.WriteNumber("workers"u8, run.Workers);
        if (counts.Reads > 0)
        {
            WriteReads(json, run);
        }

        json.WriteStartObject("writes"u8);
        json.WriteNumber("accepted"u8, counts.Writes);
        json.WriteNumber("refused"u8, counts.Refused);
        json.WriteNumber("rows"u8, counts.Rows);
        json.WriteNumber("batches"u8, counts.Batches);
        json.WriteNumber("peakUnsaved"u8, run.PeakUnsavedWrites);
        json.WriteNumber("peakDirtyEntries"u8, counts.PeakDirtyEntries);
        json.WriteNumber("peakDirtyBytes"u8, counts.PeakDirtyBytes);
        WriteLag(json, counts.Lag);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteReads(Utf8JsonWriter json, RunResult run)
    {
        var counts = run.Counts;
        WriteRatio(json, "hitRatio", run.HitRatio);
        WriteRatio(json, "warmHitRatio", run.WarmHitRatio);
        json.WriteStartObject("reads"u8);
        json.WriteNumber("near"u8, counts.NearReads);
        json.WriteNumber("tier"u8, counts.TierReads);
        json.WriteNumber("store"u8, counts.StoreReads);
        json.WriteNumber("absent"u8, counts.AbsentReads);
        json.WriteNumber("stale"u8, counts.StaleReads);
        json.WriteNumber("joined"u8, counts.Joined);
        json.WriteEndObject();
        json.WriteStartObject("loads"u8);
        json.WriteNumber("queries"u8, counts.Queries);
        json.WriteNumber("keys"u8, counts.LoadedKeys);
        json.WriteNumber("earlyRefreshes"u8, counts.EarlyRefreshes);
        json.WriteNumber("queryTimeMs"u8, counts.QueryMicros / 1000.0);
        json.WriteNumber("longestMs"u8, counts.LongestLoadMicros / 1000.0);
        json.WriteEndObject();
    }

    private static void WriteLag(Utf8JsonWriter json, Latencies lag)
    {
        foreach (var (name, part) in ((string, double)[])[("lag50Ms", 0.5), ("lag99Ms", 0.99), ("lagLongestMs", 1)])
        {
            json.WriteNumber(name, lag.Count == 0 ? 0 : lag.At(part).TotalMilliseconds);
        }
    }

    private static void WriteRatio(Utf8JsonWriter json, string name, double ratio)
    {
        // Without reads there is none.
        if (double.IsNaN(ratio))
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteNumber(name, ratio);
        }
    }
}
