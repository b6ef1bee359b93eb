using System.Net;
using Remanso;

namespace Telemetry;

/// <summary>Many sensors that send batches over HTTP at once, and what the database has of them afterwards.</summary>
internal sealed class Fleet(Uri address, Database database, ICacheRegistry registry, TimeProvider time)
{
    private const int Batches = 20;
    private const int ReadingsInABatch = 10;

    /// <summary>Lets each sensor send 20 batches of 10 readings.</summary>
    public async Task SendAsync(int sensors)
    {
        var readingsBefore = await database.CountReadingsAsync();
        var before = (await registry.GetStatisticsAsync())["readings"].Flush.Batches;
        var began = time.GetTimestamp();
        using var client = new HttpClient { BaseAddress = address };
        await Task.WhenAll(Enumerable.Range(1, sensors).Select(sensor => RunAsync(client, $"sensor-{sensor}")));
        Console.WriteLine(
            $"{sensors} sensors sent {sensors * Batches * ReadingsInABatch:N0} readings in {sensors * Batches:N0} calls, "
                + $"in {time.GetElapsedTime(began).TotalSeconds:0.0} s"
        );

        while ((await registry.GetStatisticsAsync())["readings"].Dirty.Entries > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), time);
        }

        var batches = (await registry.GetStatisticsAsync())["readings"].Flush.Batches - before;
        Console.WriteLine($"The database took them in {batches:N0} transactions");
        Console.WriteLine($"cache_data: {await database.CountSensorsAsync():N0} rows, the newest reading of each sensor");
        Console.WriteLine($"cache_data_history: {await database.CountReadingsAsync() - readingsBefore:N0} rows more, every reading");
    }

    private async Task RunAsync(HttpClient client, string sensor)
    {
        for (var batch = 0; batch < Batches; batch++)
        {
            var first = batch * ReadingsInABatch;
            Reading[] readings =
            [
                .. Enumerable.Range(first, ReadingsInABatch).Select(number => new Reading(sensor, 20 + (number / 10.0), time.GetUtcNow())),
            ];
            while ((readings = await SendAsync(client, readings)).Length > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            }
        }
    }

    // Returns those that were refused.
    private static async Task<Reading[]> SendAsync(HttpClient client, Reading[] readings)
    {
        using var answer = await client.PostAsJsonAsync("/readings", readings);
        if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
        {
            answer.EnsureSuccessStatusCode();
        }

        var taken = await answer.Content.ReadFromJsonAsync<Ingested>();
        return [.. taken!.Refused.Select(place => readings[place])];
    }
}
