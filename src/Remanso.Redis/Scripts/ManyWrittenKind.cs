namespace Remanso.Redis.Scripts;

/// <summary>Whether writes that came as one were made, as <c>write-many.lua</c> says it.</summary>
internal enum ManyWrittenKind
{
    /// <summary>They were, each for itself.</summary>
    Made = 0,

    /// <summary>The processes of the cache disagree, or nobody has stated what they agree on; nothing was written.</summary>
    OtherTerms = 1,

    /// <summary>A fill lease may be in force, and none was named; nothing was written.</summary>
    LeasesNotNamed = 2,
}
