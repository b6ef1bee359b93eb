namespace Remanso;

/// <summary>A key has a value that the cache's codec can't decode, and no other one can be had: it is dirty, or the
/// backing store's own row is like that. Other keys are not concerned; a new write of the key ends it.</summary>
public sealed class UnreadableValueException(string cache, string key, long version, Exception inner)
    : FormatException($"The value of key '{key}' of the cache '{cache}', version {version}, can't be decoded: {inner?.Message}", inner)
{
    /// <summary>The key, encoded.</summary>
    public string Key { get; } = key;

    /// <summary>The version of the value.</summary>
    public long Version { get; } = version;
}
