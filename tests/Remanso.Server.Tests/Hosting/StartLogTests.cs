using System.Text.Json;

namespace Remanso.Server.Tests.Hosting;

/// <summary>What a start tells of itself, to people and to programs.</summary>
public sealed class StartLogTests
{
    private const string Changed = "Flush:Interval 50ms (unless set: ";

    [Fact]
    public async Task People_see_the_settings_that_are_not_at_their_defaults()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path,
            "--Remanso:Caches:default:Flush:Interval",
            "00:00:00.050",
            "--Remanso:Caches:plain:Ttl:Base",
            "5m"
        );

        Assert.Contains($"  set      default: {Changed}", server.Banner, StringComparison.Ordinal);
        Assert.Equal(1, server.Banner.Split("  set ").Length - 1);
    }

    [Fact]
    public async Task Programs_get_each_line_as_one_event_from_the_first_to_the_last()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path,
            "--Logging:Console:FormatterName",
            "json",
            "--Remanso:Caches:default:Flush:Interval",
            "00:00:00.050"
        );
        Assert.Equal((0, string.Empty), await server.TerminateAsync());

        var lines = (server.Banner + await server.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var events = lines
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(static one => one.GetProperty("EventId").GetInt32());
        var started = events[401].GetProperty("State");
        Assert.Equal(server.Client.BaseAddress!.ToString().TrimEnd('/'), started.GetProperty("Address").GetString());
        Assert.Equal("memory", started.GetProperty("Tier").GetString());
        Assert.Contains("An accepted write is", started.GetProperty("Promise").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(Changed, events[402].GetProperty("State").GetProperty("Settings").GetString(), StringComparison.Ordinal);
        Assert.All(events.Values, static one =>
            Assert.StartsWith("Remanso", one.GetProperty("Category").GetString(), StringComparison.Ordinal)
        );
    }
}
