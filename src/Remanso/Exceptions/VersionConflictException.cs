using Remanso.Entries;

namespace Remanso;

/// <summary>A write's condition was not met; nothing was written.</summary>
public sealed class VersionConflictException(string key, WriteCondition condition, long currentVersion)
    : Exception($"The key '{key}' {Found(condition, currentVersion)}; the write asked {Asked(condition)}.")
{
    /// <summary>The key, in its tier form.</summary>
    public string Key { get; } = key;

    /// <summary>The key's version now; 0 where it is absent, or has a row without a version.</summary>
    public long CurrentVersion { get; } = currentVersion;

    private static string Found(WriteCondition condition, long version) =>
        version == 0 && condition.Kind != WriteConditionKind.Absent
            ? "is absent, or has a row that nobody wrote through the cache yet"
            : $"has version {version}";

    private static string Asked(WriteCondition condition) =>
        condition.Kind switch
        {
            WriteConditionKind.Absent => "that it be absent",
            WriteConditionKind.Present => "that it have a value",
            // So a face asks for a tag that is no version.
            _ when condition.Version > VersionIssuer.Highest => "for what is no version, which matches nothing",
            _ => $"for version {condition.Version}",
        };
}
