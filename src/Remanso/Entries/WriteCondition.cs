using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>What must be true of the key for a write to happen (compare-and-set).</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct WriteCondition
{
    private WriteCondition(WriteConditionKind kind, long version)
    {
        Kind = kind;
        Version = version;
    }

    /// <summary>Which condition it is.</summary>
    public WriteConditionKind Kind { get; }

    /// <summary>The version asked for, where <see cref="Kind"/> is <see cref="WriteConditionKind.Version"/>.</summary>
    public long Version { get; }

    /// <summary>The write happens whatever the key holds.</summary>
    public static WriteCondition None => default;

    /// <summary>The write happens only if the key is absent: never written, deleted or expired (<c>If-None-Match: *</c>).</summary>
    public static WriteCondition Absent => new(WriteConditionKind.Absent, 0);

    /// <summary>The write happens only if the key has a value (<c>If-Match: *</c>).</summary>
    public static WriteCondition Present => new(WriteConditionKind.Present, 0);

    /// <summary>The write happens only if the key has a value of exactly this version (<c>If-Match: "version"</c>).</summary>
    public static WriteCondition IsVersion(long version) => new(WriteConditionKind.Version, version);

    /// <summary>Whether a key with this state meets the condition.</summary>
    /// <param name="present">Whether the key has a value (no tombstone, not expired).</param>
    /// <param name="version">The version of that value.</param>
    public bool IsMetBy(bool present, long version) =>
        Kind switch
        {
            WriteConditionKind.None => true,
            WriteConditionKind.Absent => !present,
            WriteConditionKind.Present => present,
            _ => present && version == Version,
        };
}
