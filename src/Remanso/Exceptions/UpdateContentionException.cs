namespace Remanso;

/// <summary>Others wrote the key between every read of an update and its write; nothing was written.</summary>
public sealed class UpdateContentionException(string key, int attempts, VersionConflictException last)
    : Exception($"The key '{key}' was written by others during each of {attempts} attempts to update it.", last)
{
    /// <summary>The key, in its tier form.</summary>
    public string Key { get; } = key;

    /// <summary>How often the function ran.</summary>
    public int Attempts { get; } = attempts;
}
