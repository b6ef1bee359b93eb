namespace Remanso;

/// <summary>A write is accepted, but the level asked for was not reached: not in time, or never because the store refused
/// it; or nothing tells any more.</summary>
/// <param name="version">The version of the write.</param>
/// <param name="asked">The level asked for.</param>
/// <param name="reason">Why it was not reached.</param>
/// <param name="isAccepted">Whether the tier still holds the write, so that it may be reached later.</param>
public sealed class DurabilityNotReachedException(long version, Durability asked, string reason, bool isAccepted = true)
    : Exception(
        isAccepted
            ? $"The write is accepted as version {version}, but '{asked}' was not reached: {reason}"
            : $"Version {version} did not reach '{asked}', and will not: {reason}"
    )
{
    /// <summary>The version of the accepted write.</summary>
    public long Version { get; } = version;

    /// <summary>The level asked for.</summary>
    public Durability Asked { get; } = asked;

    /// <summary>Whether the write is still held. False only where it was lost with the tier's data, or given up, while
    /// it was waited for.</summary>
    public bool IsAccepted { get; } = isAccepted;

    /// <summary>Whether nothing is left that tells: it was stored and the key is deleted since, by this write or a later
    /// one, or it was lost. So it is only where the store keeps no rows of deletes, or none as old, or can't be asked.</summary>
    public bool IsUnknown { get; init; }

    /// <inheritdoc/>
    public override string Message => IsUnknown ? $"Whether version {Version} reached '{Asked}' can't be told: {reason}" : base.Message;
}
