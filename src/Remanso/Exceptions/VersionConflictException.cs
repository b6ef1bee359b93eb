namespace Remanso;

/// <summary>A write's condition was not met; nothing was written.</summary>
public sealed class VersionConflictException(string key, WriteCondition condition, long currentVersion)
    : Exception(
        currentVersion == 0 && condition.Kind != WriteConditionKind.Absent
            ? $"The key '{key}' is absent, or has a row that nobody wrote through the cache yet; the write asked for {condition.Kind}."
            : $"The key '{key}' has version {currentVersion}; the write asked for {condition.Kind} {condition.Version}."
    )
{
    /// <summary>The key, in its tier form.</summary>
    public string Key { get; } = key;

    /// <summary>The key's version now; 0 where it is absent, or has a row without a version.</summary>
    public long CurrentVersion { get; } = currentVersion;
}
