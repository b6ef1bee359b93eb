namespace Remanso;

/// <summary>The tier or store can't give the level asked for; nothing was written.</summary>
public sealed class DurabilityUnavailableException(Durability asked, string reason)
    : NotSupportedException($"Durability '{asked}' can't be had: {reason}")
{
    /// <summary>The level asked for.</summary>
    public Durability Asked { get; } = asked;

    /// <summary>Whether it may be had later, without another setting: the journal's disk is full, or a replica is away.</summary>
    public bool IsPassing { get; init; }
}
