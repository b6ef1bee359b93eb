namespace Remanso.Client;

/// <summary>What happened.</summary>
public enum WatchEventKind
{
    /// <summary>Changes before this event may be missing: read what you hold again. Later ones are told.</summary>
    Gap,

    /// <summary>The key was written.</summary>
    Written,

    /// <summary>The key was deleted.</summary>
    Removed,

    /// <summary>Copies of the key were dropped or expired; its row may have changed.</summary>
    Invalidated,

    /// <summary>Copies of what carries the tag were dropped or expired.</summary>
    TagInvalidated,

    /// <summary>All copies were dropped or expired.</summary>
    AllInvalidated,
}
