namespace Remanso;

/// <summary>A counter was asked for where the key's value is no whole number of 64 bits; nothing was written.</summary>
public sealed class NotANumberException(string key, long currentVersion)
    : Exception($"The value of '{key}' is not a whole number of 64 bits.")
{
    /// <summary>The key, in its tier form.</summary>
    public string Key { get; } = key;

    /// <summary>The key's version now.</summary>
    public long CurrentVersion { get; } = currentVersion;
}
