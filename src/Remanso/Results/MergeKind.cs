namespace Remanso;

/// <summary>What a <see cref="Merge"/> does.</summary>
public enum MergeKind
{
    /// <summary>Adds to a number.</summary>
    Add,

    /// <summary>Keeps the higher one of two numbers.</summary>
    Max,

    /// <summary>Keeps the lower one of two numbers.</summary>
    Min,

    /// <summary>Appends an element to a JSON array.</summary>
    Append,

    /// <summary>Applies a JSON merge patch.</summary>
    Patch,
}
