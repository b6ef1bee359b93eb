using System.Text.Json;
using Remanso.Telemetry;
using Remanso.WriteBehind;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>The statistics of one cache as JSON: the members of an object that its caller opens.</summary>
internal static class StatisticsJson
{
    public static void Write(Utf8JsonWriter writer, CacheStatistics cache)
    {
        writer.WriteStartObject("reads"u8);
        writer.WriteNumber("near"u8, cache.Reads.Near);
        writer.WriteNumber("tier"u8, cache.Reads.Tier);
        writer.WriteNumber("store"u8, cache.Reads.Store);
        writer.WriteNumber("absent"u8, cache.Reads.Absent);
        writer.WriteNumber("stale"u8, cache.Reads.Stale);
        writer.WriteEndObject();

        writer.WriteStartObject("flights"u8);
        writer.WriteNumber("led"u8, cache.Flights.Led);
        writer.WriteNumber("joined"u8, cache.Flights.Joined);
        writer.WriteEndObject();

        writer.WriteStartObject("loads"u8);
        writer.WriteNumber("queries"u8, cache.Loads.Queries);
        writer.WriteNumber("keys"u8, cache.Loads.Keys);
        writer.WriteEndObject();

        writer.WriteNumber("writes"u8, cache.Writes);

        writer.WriteStartObject("flush"u8);
        writer.WriteNumber("batches"u8, cache.Flush.Batches);
        writer.WriteNumber("stored"u8, cache.Flush.Stored);
        writer.WriteNumber("alreadyStored"u8, cache.Flush.AlreadyStored);
        writer.WriteNumber("superseded"u8, cache.Flush.Superseded);
        writer.WriteNumber("deadLettered"u8, cache.Flush.DeadLettered);
        writer.WriteEndObject();

        if (!cache.IsTierAway || cache.DirtyAsOf is not null)
        {
            writer.WriteStartObject("dirty"u8);
            writer.WriteNumber("entries"u8, cache.Dirty.Entries);
            writer.WriteNumber("bytes"u8, cache.Dirty.Bytes);
            writer.WriteNumber("oldestAgeMs"u8, (long)cache.Dirty.OldestAge.TotalMilliseconds);
            writer.WriteNumber("deadLetters"u8, cache.Dirty.DeadLetters);
            writer.WriteEndObject();
        }

        if (cache.DirtyAsOf is { } asOf)
        {
            writer.WriteString("dirtyAsOf"u8, asOf.UtcDateTime);
        }

        writer.WriteNumber("refused"u8, cache.Refused);
        writer.WriteNumber("tagsRemoved"u8, cache.TagsRemoved);
        writer.WriteNumber("purged"u8, cache.Purged);
        writer.WriteNumber("superseded"u8, cache.Superseded);
        writer.WriteNumber("vanished"u8, cache.Vanished);
        writer.WriteString(
            "circuit"u8,
            cache.Circuit switch
            {
                CircuitState.Open => "open"u8,
                CircuitState.HalfOpen => "half-open"u8,
                _ => "closed"u8,
            }
        );

        writer.WriteStartObject("near"u8);
        writer.WriteNumber("entries"u8, cache.Near.Entries);
        writer.WriteNumber("bytes"u8, cache.Near.Bytes);
        writer.WriteNumber("evicted"u8, cache.Near.Evicted);
        writer.WriteEndObject();
        writer.WriteStartObject("memory"u8);
        writer.WriteNumber("entries"u8, cache.Memory.Entries);
        writer.WriteNumber("bytes"u8, cache.Memory.Bytes);
        writer.WriteNumber("evicted"u8, cache.Memory.Evicted);
        writer.WriteEndObject();
        writer.WriteNumber("earlyRefreshes"u8, cache.Loads.EarlyRefreshes);
        writer.WriteNumber("backedOff"u8, cache.Loads.BackedOff);
        writer.WriteNumber("softTimeouts"u8, cache.Loads.SoftTimeouts);
    }
}
