namespace Remanso;

/// <summary>A merge of JSON was asked for where the key's value is no JSON, or no array to append to; nothing was written.</summary>
public sealed class NotJsonException(string key, MergeKind kind, long currentVersion)
    : Exception(
        kind == MergeKind.Append
            ? $"The value of '{key}' is not a JSON array of at most 64 levels."
            : $"The value of '{key}' is not JSON of at most 64 levels."
    )
{
    /// <summary>The key, in its tier form.</summary>
    public string Key { get; } = key;

    /// <summary>The key's version now.</summary>
    public long CurrentVersion { get; } = currentVersion;
}
