using System.Text.Json;
using System.Text.Json.Serialization;

namespace Remanso.Simulation.Scenarios;

/// <summary>A scenario as a file: what was found once is replayed for ever, whatever becomes of the maker of scenarios.</summary>
internal static class ScenarioFile
{
    private static readonly JsonSerializerOptions _options = new()
    {
        WriteIndented = true,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Write(Scenario scenario) => JsonSerializer.Serialize(scenario, _options);

    public static Scenario Read(string path) =>
        JsonSerializer.Deserialize<Scenario>(File.ReadAllText(path), _options) ?? throw new InvalidDataException($"{path} is empty.");
}
