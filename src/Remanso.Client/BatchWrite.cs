namespace Remanso.Client;

/// <summary>One of many entries to be written.</summary>
public sealed record BatchWrite
{
    private BatchWrite(string key, string? value, ReadOnlyMemory<byte> json) => (Key, TextValue, JsonValue) = (key, value, json);

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <summary>The entry's tags; none unless set.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    internal string? TextValue { get; }

    internal ReadOnlyMemory<byte> JsonValue { get; }

    /// <summary>Writes text, as <c>text/plain; charset=utf-8</c>.</summary>
    public static BatchWrite Text(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new BatchWrite(key, value, default);
    }

    /// <summary>Writes a JSON document, as <c>application/json</c>. A document that is a string is stored as its text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="utf8">The document in UTF-8.</param>
    public static BatchWrite Json(string key, ReadOnlyMemory<byte> utf8) => new(key, value: null, utf8);
}
