namespace Remanso;

/// <summary>A counter's sum would exceed 64 bits; nothing was written.</summary>
public sealed class CounterOverflowException(string key, long by, long currentVersion)
    : Exception($"The number of '{key}' has no room for {by} more: it would exceed 64 bits.")
{
    /// <summary>The key, in its tier form.</summary>
    public string Key { get; } = key;

    /// <summary>The key's version now.</summary>
    public long CurrentVersion { get; } = currentVersion;
}
