using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Remanso.AspNetCore.Security.Keys;

/// <summary>The JSON of a key file, both ways.</summary>
internal static class KeyFileJson
{
    /// <summary>Reads keys.</summary>
    /// <exception cref="FormatException">It is no key file; the message says where, and no value of it.</exception>
    public static IReadOnlyList<StoredKey> Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var file = JsonSerializer.Deserialize(json, KeyFileJsonContext.Default.KeyFileBody)
                ?? throw new FormatException("the file is null");
            List<StoredKey> keys = [];
            HashSet<string> ids = new(StringComparer.Ordinal);
            var entries = file.Keys ?? throw new FormatException("its keys are null");
            for (var i = 0; i < entries.Count; i++)
            {
                var key = Read(entries[i], i);
                keys.Add(ids.Add(key.Key.Id) ? key : throw Wrong(i, "id", "used once"));
            }

            return keys;
        }
        catch (JsonException exception)
        {
            // The serializer's own message may quote what it found.
            throw new FormatException(
                $"it is not the JSON of a key file at {exception.Path ?? "its start"}, line {exception.LineNumber + 1}",
                exception
            );
        }
    }

    /// <summary>Writes keys.</summary>
    public static byte[] Write(IEnumerable<StoredKey> keys) =>
        JsonSerializer.SerializeToUtf8Bytes(new KeyFileBody { Keys = [.. keys.Select(Write)] }, KeyFileJsonContext.Default.KeyFileBody);

    private static StoredKey Read(KeyFileEntry? entry, int index)
    {
        if (entry is null || !ApiKey.IsId(entry.Id))
        {
            throw Wrong(index, "id", $"{ApiKey.IdLength} of the characters a to z and 2 to 7");
        }

        var hash = new byte[SHA256.HashSizeInBytes];
        if (
            entry.Sha256 is not { Length: 2 * SHA256.HashSizeInBytes }
            || Convert.FromHexString(entry.Sha256, hash, out _, out _) != System.Buffers.OperationStatus.Done
        )
        {
            throw Wrong(index, "sha256", "64 hexadecimal digits");
        }

        if (Array.Exists(entry.Caches ?? [], static cache => cache is null))
        {
            throw Wrong(index, "caches", "names of caches");
        }

        var scopes = RemansoScopes.None;
        foreach (var name in entry.Scopes ?? [])
        {
            scopes |= RemansoScopeNames.TryParse(name, out var scope) ? scope : throw Wrong(index, "scopes", RemansoScopeNames.List);
        }

        try
        {
            return new StoredKey(
                new RemansoKey(
                    entry.Id,
                    entry.Name ?? string.Empty,
                    new RemansoGrant(scopes, entry.Caches ?? [], entry.KeyPrefix),
                    entry.Created,
                    entry.Expires
                ),
                hash
            );
        }
        catch (CacheConfigurationException exception)
        {
            throw new FormatException($"keys[{index}]: {exception.Message}", exception);
        }
    }

    private static KeyFileEntry Write(StoredKey key) =>
        new()
        {
            Id = key.Key.Id,
            Name = key.Key.Name,
            Sha256 = Convert.ToHexStringLower(key.Sha256),
            Scopes = RemansoScopeNames.Of(key.Key.Grant.Scopes),
            Caches = [.. key.Key.Grant.Caches],
            KeyPrefix = key.Key.Grant.KeyPrefix,
            Created = key.Key.Created,
            Expires = key.Key.Expires,
        };

    private static FormatException Wrong(int index, string field, string expected) => new($"keys[{index}].{field} must be {expected}");
}

/// <summary>A key file.</summary>
internal sealed class KeyFileBody
{
    public required List<KeyFileEntry> Keys { get; init; }
}

/// <summary>A key in its file.</summary>
internal sealed class KeyFileEntry
{
    public required string Id { get; init; }

    public string? Name { get; init; }

    public required string Sha256 { get; init; }

    public required string[] Scopes { get; init; }

    public required string[] Caches { get; init; }

    public string? KeyPrefix { get; init; }

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset? Expires { get; init; }
}

/// <summary>Serialization without reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(KeyFileBody))]
internal sealed partial class KeyFileJsonContext : JsonSerializerContext;
