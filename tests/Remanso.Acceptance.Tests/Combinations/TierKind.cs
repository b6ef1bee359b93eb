namespace Remanso.Acceptance.Tests.Combinations;

/// <summary>Where accepted writes are held.</summary>
public enum TierKind
{
    /// <summary>In this process.</summary>
    Memory,

    /// <summary>In this process, and in a journal on its disk.</summary>
    Journal,

    /// <summary>In a Redis server.</summary>
    Redis,
}
