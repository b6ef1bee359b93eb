using System.Text.Json;

namespace Remanso.Postgres;

/// <summary>What <c>notify.sql</c> says: a row; any row of a cache where the key is null; any row at all where both are.</summary>
internal readonly record struct ChangeNotice(string? Cache, string? Key)
{
    /// <summary>Reads a payload; false where it is none of ours, for anybody may send on a channel.</summary>
    public static bool TryParse(string payload, out ChangeNotice notice)
    {
        notice = default;
        try
        {
            using var json = JsonDocument.Parse(payload);
            if (
                json.RootElement.ValueKind != JsonValueKind.Object
                || !TryGet(json.RootElement, "cache", out var cache)
                || !TryGet(json.RootElement, "key", out var key)
            )
            {
                return false;
            }

            notice = new(cache, key);
            return cache is not null || key is null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // No JSON; or a string with an escaped lone surrogate.
            return false;
        }
    }

    private static bool TryGet(JsonElement json, string name, out string? text)
    {
        text = null;
        if (!json.TryGetProperty(name, out var property))
        {
            return true;
        }

        if (property.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        text = property.GetString();
        return true;
    }
}
