using System.Text.Json;
using Remanso.AspNetCore.Endpoints;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Dashboard;

/// <summary>Samples as JSON, with the caches alone that their reader may see.</summary>
internal sealed class FiguresJson(ICacheRegistry registry, DashboardSampler sampler)
{
    /// <summary>The caches of a view: those that its reader may see, or of them the one that the query names.</summary>
    public List<int> Shown(RemansoAccess access, string? cache)
    {
        List<int> shown = [];
        for (var i = 0; i < sampler.Names.Count; i++)
        {
            var name = sampler.Names[i];
            if ((cache is null || cache == name) && (access.Allows(RemansoScopes.Observe, name) || access.Allows(RemansoScopes.Read, name)))
            {
                shown.Add(i);
            }
        }

        return shown;
    }

    /// <summary>What does not change: tier and store, and the charts' past of some caches.</summary>
    public void WriteStart(Utf8JsonWriter writer, IReadOnlyList<int> charted, RemansoAccess access)
    {
        writer.WriteStartObject();
        if (access.Allows(RemansoScopes.Observe))
        {
            // They name hosts and files.
            writer.WriteString("tier"u8, registry.TierDescription);
            writer.WriteString("store"u8, registry.StoreDescription);
        }

        writer.WriteString("promise"u8, registry.Promise);
        writer.WriteStartObject("limits"u8);
        long entries = 0,
            bytes = 0;
        foreach (var index in charted)
        {
            var tier = registry.GetOptions(sampler.Names[index]).Tier;
            entries += tier.MaxDirtyEntries;
            bytes += tier.MaxDirtyBytes ?? tier.MaxBytes / 2;
        }

        ExactNumber.Write(writer, "dirtyEntries"u8, entries);
        ExactNumber.Write(writer, "dirtyBytes"u8, bytes);
        writer.WriteEndObject();
        writer.WriteStartArray("history"u8);
        foreach (var (at, sum) in sampler.History(charted))
        {
            WritePoint(writer, at, sum);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A sample: the sums of the charted caches, and each shown cache that changed after another sample.</summary>
    public static void Write(
        Utf8JsonWriter writer,
        DashboardSample sample,
        List<int> shown,
        List<int> charted,
        long after,
        RemansoAccess access
    )
    {
        writer.WriteStartObject();
        writer.WriteNumber("number"u8, sample.Number);
        writer.WriteNumber("at"u8, sample.At);
        writer.WriteNumber("figuresAt"u8, sample.FiguresAt);
        writer.WriteString("error"u8, sample.Error);
        WriteLines(
            writer,
            "problems"u8,
            sample.Problems,
            access,
            "Something that the server needs is missing; the scope observe shows what."
        );
        WriteLines(writer, "warnings"u8, sample.Warnings, access, "Something is to be looked at; the scope observe shows what.");
        if (sample.Error is null && sample.Caches.Count > 0)
        {
            writer.WritePropertyName("point"u8);
            WritePoint(
                writer,
                sample.At,
                charted.Aggregate(default(CachePoint), (sum, index) => sum + CachePoint.Of(sample.Caches[index].Statistics))
            );
        }

        writer.WriteStartObject("caches"u8);
        foreach (
            var cache in sample.Caches.Count == 0 ? [] : shown.Select(index => sample.Caches[index]).Where(cache => cache.ChangedIn > after)
        )
        {
            writer.WriteStartObject(cache.Name);
            StatisticsJson.Write(writer, cache.Statistics);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // They name hosts.
    private static void WriteLines(
        Utf8JsonWriter writer,
        ReadOnlySpan<byte> name,
        IReadOnlyList<string> lines,
        RemansoAccess access,
        string otherwise
    )
    {
        writer.WriteStartArray(name);
        foreach (var line in lines.Count > 0 && !access.Allows(RemansoScopes.Observe) ? [otherwise] : lines)
        {
            writer.WriteStringValue(line);
        }

        writer.WriteEndArray();
    }

    private static void WritePoint(Utf8JsonWriter writer, long at, in CachePoint point)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(at);
        foreach (
            var number in (ReadOnlySpan<long>)
                [point.Asked, point.Queries, point.Writes, point.Rows, point.Refused, point.Dirty, point.Bytes, point.LagMs]
        )
        {
            ExactNumber.Write(writer, number);
        }

        writer.WriteEndArray();
    }
}
