namespace Remanso;

/// <summary>A write is accepted, but the level asked for was not reached: not in time, or never because the store refused it.</summary>
public sealed class DurabilityNotReachedException(long version, Durability asked, string reason)
    : Exception($"The write is accepted as version {version}, but '{asked}' was not reached: {reason}")
{
    /// <summary>The version of the accepted write.</summary>
    public long Version { get; } = version;

    /// <summary>The level asked for.</summary>
    public Durability Asked { get; } = asked;
}
