using System.Text.Json;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>The names in JSON answers, encoded once.</summary>
internal static class Names
{
    public static readonly JsonEncodedText Source = JsonEncodedText.Encode("source");
    public static readonly JsonEncodedText Cache = JsonEncodedText.Encode("cache");
    public static readonly JsonEncodedText Database = JsonEncodedText.Encode("db");
    public static readonly JsonEncodedText Status = JsonEncodedText.Encode("status");
    public static readonly JsonEncodedText Cached = JsonEncodedText.Encode("cached");
    public static readonly JsonEncodedText Key = JsonEncodedText.Encode("key");
    public static readonly JsonEncodedText Value = JsonEncodedText.Encode("value");
    public static readonly JsonEncodedText Version = JsonEncodedText.Encode("version");
    public static readonly JsonEncodedText Durability = JsonEncodedText.Encode("durability");
    public static readonly JsonEncodedText Error = JsonEncodedText.Encode("error");

    /// <summary>The name of a durability in queries and answers.</summary>
    public static JsonEncodedText Of(Durability durability) =>
        durability switch
        {
            Remanso.Durability.Accepted => _accepted,
            Remanso.Durability.Replicated => _replicated,
            Remanso.Durability.Logged => _logged,
            _ => _stored,
        };

    private static readonly JsonEncodedText _accepted = JsonEncodedText.Encode("accepted");
    private static readonly JsonEncodedText _replicated = JsonEncodedText.Encode("replicated");
    private static readonly JsonEncodedText _logged = JsonEncodedText.Encode("logged");
    private static readonly JsonEncodedText _stored = JsonEncodedText.Encode("stored");
}
