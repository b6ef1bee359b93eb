using System.Net;
using System.Net.Http.Json;
using Remanso.Conformance.Servers;

namespace Remanso.Samples.Tests;

public sealed class TelemetryTests(PostgresServer postgres)
{
    private const string Name = "Telemetry";
    private const int Sensors = 5;
    private const int Readings = Sensors * 200;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_reading_of_a_fleet_is_kept(bool onPostgres)
    {
        string[] arguments = ["--fleet", $"{Sensors}", "--urls", "http://127.0.0.1:0"];
        await using var sample = await Sample.RunUntilAsync(
            "Ctrl+C",
            Name,
            onPostgres ? [.. arguments, "--database", postgres.ConnectionString] : arguments
        );
        using var client = ClientOf(sample);
        Assert.Contains("\"celsius\":39.9", await client.GetStringAsync("/sensors/sensor-5"), StringComparison.Ordinal);
        var history = await client.GetFromJsonAsync<Measured[]>("/sensors/sensor-5/history?most=300");
        var result = await sample.StopAsync();

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Errors));
        Assert.Equal(
            Enumerable.Range(0, 200).Select(static number => 20 + (number / 10.0)).Reverse(),
            history!.Select(static reading => reading.Celsius)
        );
        SampleReadme.Shows(Name, "--fleet", result.Lines.Select(WithTheUsualAddress));
        Assert.Equal(Readings, SampleReadme.NumbersOf(result.Lines[1])[1]);
        Assert.InRange(SampleReadme.NumbersOf(result.Lines[2])[0], 1, Sensors * 20 / 2);
        Assert.Equal(Sensors, SampleReadme.NumbersOf(result.Lines[3])[0]);
        Assert.Equal(Readings, SampleReadme.NumbersOf(result.Lines[4])[0]);

        string WithTheUsualAddress(string line) =>
            line.Replace(client.BaseAddress!.Authority, "localhost:5000", StringComparison.Ordinal)
                .Replace("PostgreSQL", "telemetry.db", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_of_which_a_part_was_refused_is_kept_once_when_the_rest_is_sent_again()
    {
        await using var sample = await Sample.RunUntilAsync(
            "Ctrl+C",
            Name,
            "--urls",
            "http://127.0.0.1:0",
            "--Remanso:Caches:readings:Tier:MaxDirtyEntries",
            "3"
        );
        using var client = ClientOf(sample);
        var began = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
        Measured[] all = [.. Enumerable.Range(0, 10).Select(place => new Measured("attic", place, began.AddSeconds(place)))];

        var first = await SendAsync(all);
        Assert.NotEmpty(first);
        var left = first;
        await Until.TrueAsync(async () => (left = await SendAsync(left)).Length == 0, "all of the batch is taken");
        await Until.TrueAsync(async () => (await HistoryAsync()).Contains(all[^1].At), "the last one is stored");

        Assert.Equal(all.Select(static one => one.At), (await HistoryAsync()).Order());

        async Task<Measured[]> SendAsync(Measured[] batch)
        {
            using var answer = await client.PostAsJsonAsync("/readings", batch);
            var taken = (await answer.Content.ReadFromJsonAsync<Taken>())!;
            Assert.Equal(taken.Refused.Length == 0 ? HttpStatusCode.Accepted : HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal(batch.Length, taken.Accepted + taken.Refused.Length);
            return [.. taken.Refused.Select(place => batch[place])];
        }

        async Task<IEnumerable<DateTimeOffset>> HistoryAsync() =>
            (await client.GetFromJsonAsync<Measured[]>("/sensors/attic/history?most=100"))!.Select(static one => one.At);
    }

    [Fact]
    public async Task A_reading_that_can_never_be_kept_is_not_to_be_sent_again()
    {
        await using var sample = await Sample.RunUntilAsync("Ctrl+C", Name, "--urls", "http://127.0.0.1:0");
        using var client = ClientOf(sample);
        var at = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

        using var answer = await client.PostAsJsonAsync("/readings", new[] { new Measured("attic", 1, at), new Measured("", 2, at) });

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var taken = (await answer.Content.ReadFromJsonAsync<Taken>())!;
        Assert.Equal((1, 0), (taken.Accepted, taken.Refused.Length));
        Assert.Equal(1, Assert.Single(taken.Unfit!).Place);
    }

    private static HttpClient ClientOf(Sample sample) =>
        new()
        {
            BaseAddress = new Uri(sample.Lines[0].Split(' ', ',').First(static word => word.StartsWith("http", StringComparison.Ordinal))),
        };

    private sealed record Taken(int Accepted, int[] Refused, Refusal[]? Unfit = null);

    private sealed record Refusal(int Place, string Reason);

    private sealed record Measured(string Sensor, double Celsius, DateTimeOffset At);
}
