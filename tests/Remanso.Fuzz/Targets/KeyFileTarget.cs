using Remanso.AspNetCore.Security.Keys;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>A file of keys.</summary>
internal static class KeyFileTarget
{
    public static FuzzTarget Target { get; } =
        new("key-file", Run)
        {
            Words =
            [
                "{\"keys\":[",
                "\"id\":\"",
                "\"sha256\":\"",
                "\"scopes\":[\"read\"]",
                "\"caches\":[\"*\"]",
                "\"keyPrefix\":",
                "\"created\":\"2026-01-01T00:00:00Z\"",
                "\"expires\":",
                "null",
                "\\ud800",
                "],",
            ],
        };

    private static void Run(byte[] input)
    {
        try
        {
            var keys = KeyFileJson.Read(input);
            WrongAnswerException.Unless(
                KeyFileJson.Read(KeyFileJson.Write(keys)).Count == keys.Count,
                "other keys when they are written and read"
            );
        }
        catch (FormatException)
        {
            // Where it is wrong.
        }
    }
}
