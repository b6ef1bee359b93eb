namespace Remanso;

/// <summary>A value can't be kept under its key: the backing store would never take it. Nothing was written.</summary>
public sealed class InvalidValueException(string cache, string key, string reason)
    : ArgumentException($"The cache '{cache}' can't keep this value of key '{key}': {reason}.")
{
    /// <summary>The key, encoded.</summary>
    public string Key { get; } = key;
}
