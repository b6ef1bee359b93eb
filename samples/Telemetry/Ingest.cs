using System.Text.Json;
using Remanso;

namespace Telemetry;

/// <summary>Takes readings in batches, and gives back the newest one of a sensor, or the last ones.</summary>
internal sealed class Ingest(ICache<string, Reading> readings, ICacheRegistry registry)
{
    private const int LargestReading = 1024;

    /// <summary>Writes a batch: one call of the cache. A sensor may occur in it several times; every reading is kept, in order.</summary>
    public async Task<Ingested> TakeAsync(Reading[] batch)
    {
        var outcomes = await readings.SetManyAsync([.. batch.Select(static reading => KeyValuePair.Create(reading.Sensor, reading))]);
        int[] refused = [.. Enumerable.Range(0, batch.Length).Where(place => outcomes[place].Error is not null)];
        return new Ingested(batch.Length - refused.Length, refused);
    }

    public async Task<Reading?> ReadNewestAsync(string sensor) => (await readings.GetAsync(sensor)).Value;

    /// <summary>The last readings of a sensor that the database has, the newest first.</summary>
    public async Task<IReadOnlyList<Reading>> ReadHistoryAsync(string sensor, int most)
    {
        var versions = await registry.ReadHistoryAsync(readings.Name, sensor, most, LargestReading);
        return [.. versions!.Where(static version => version.Value is not null).Select(static version => Decode(version.Value!.Value))];
    }

    private static Reading Decode(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<Reading>(json.Span, JsonSerializerOptions.Web)!;
}
