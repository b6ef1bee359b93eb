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
        using var client = new HttpClient
        {
            BaseAddress = new Uri(sample.Lines[0].Split(' ', ',').First(static word => word.StartsWith("http", StringComparison.Ordinal))),
        };

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
            line.Replace(client.BaseAddress.Authority, "localhost:5000", StringComparison.Ordinal)
                .Replace("PostgreSQL", "telemetry.db", StringComparison.Ordinal);
    }

    private sealed record Measured(string Sensor, double Celsius, DateTimeOffset At);
}
