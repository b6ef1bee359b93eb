namespace Remanso;

/// <summary>What is true when a write returns (section 8 of the design; <c>docs/explanation/guarantees.md</c> has the
/// loss windows).</summary>
public enum Durability
{
    /// <summary>The tier holds it, and all readers see it.</summary>
    Accepted,

    /// <summary>Replicas of the tier hold it.</summary>
    Replicated,

    /// <summary>It survives a crash of the tier.</summary>
    Logged,

    /// <summary>The backing store has committed this version or a higher one.</summary>
    Stored,
}
