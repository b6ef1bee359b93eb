using System.Text.Json;
using System.Text.Json.Serialization;

namespace Remanso.Processes;

// Versions of Remanso meet in a tier: what is missing has its default, what is unknown is passed over.

/// <summary>What a process says of itself, with each heartbeat, to those that share a cache's tier.</summary>
/// <param name="Role">What it does, for people.</param>
/// <param name="Version">Its version of Remanso.</param>
/// <param name="Machine">The name of its machine.</param>
/// <param name="Number">Its number there.</param>
/// <param name="StartedAt">When it started, milliseconds since 1970.</param>
/// <param name="Flushes">Whether it flushes the cache.</param>
/// <param name="BeatMs">How often it says so: who is silent for longer is missed.</param>
/// <param name="Held">The partitions that it holds, as <see cref="PartitionText"/>.</param>
internal sealed record ProcessCard(
    string Role,
    string Version,
    string Machine,
    int Number,
    long StartedAt,
    bool Flushes,
    long BeatMs,
    string Held
)
{
    private const int LongestText = 100;

    /// <summary>As it stands in the tier.</summary>
    public string ToText() => JsonSerializer.Serialize(this, ProcessCardJson.Default.ProcessCard);

    /// <summary>Reads one; null where it is none.</summary>
    public static ProcessCard? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ProcessCardJson.Default.ProcessCard) is { } card
                ? card with
                {
                    Role = Tidy(card.Role),
                    Version = Tidy(card.Version),
                    Machine = Tidy(card.Machine),
                    Held = card.Held ?? string.Empty,
                }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Another version may write anything, and a missing text is null whatever its type says.
    private static string Tidy(string? text) =>
        text is null ? string.Empty
        : text.Length <= LongestText ? text
        : text[..LongestText];
}

/// <summary>How cards are written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ProcessCard))]
internal sealed partial class ProcessCardJson : JsonSerializerContext;
