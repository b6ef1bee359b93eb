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
        var errors = outcomes.Select(static outcome => outcome.Error).Index().Where(static outcome => outcome.Item is not null).ToArray();
        int[] refused = [.. errors.Where(static error => !IsUnfit(error.Item!)).Select(static error => error.Index)];
        Unfit[] unfit =
        [
            .. errors.Where(static error => IsUnfit(error.Item!)).Select(static error => new Unfit(error.Index, error.Item!.Message)),
        ];
        return new Ingested(batch.Length - errors.Length, refused) { Unfit = unfit.Length == 0 ? null : unfit };
    }

    public async Task<Reading?> ReadNewestAsync(string sensor) => (await readings.GetAsync(sensor)).Value;

    /// <summary>The last readings of a sensor that the database has, the newest first.</summary>
    public async Task<IReadOnlyList<Reading>> ReadHistoryAsync(string sensor, int most)
    {
        var versions = await registry.ReadHistoryAsync(readings.Name, sensor, most, LargestReading);
        return [.. versions!.Where(static version => version.Value is not null).Select(static version => Decode(version.Value!.Value))];
    }

    // No sensor, say: that does not pass, as a full cache does.
    private static bool IsUnfit(Exception error) => error is ArgumentException or ValueTooLargeException;

    private static Reading Decode(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<Reading>(json.Span, JsonSerializerOptions.Web)!;
}
