namespace Remanso;

/// <summary>The kinds of <see cref="WriteCondition"/>.</summary>
public enum WriteConditionKind
{
    /// <summary>No condition.</summary>
    None,

    /// <summary>The key must be absent.</summary>
    Absent,

    /// <summary>The key must have a value.</summary>
    Present,

    /// <summary>The key's value must have a given version.</summary>
    Version,
}
