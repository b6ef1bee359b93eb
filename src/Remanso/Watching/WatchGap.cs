namespace Remanso;

/// <summary>Why earlier changes may not have been told.</summary>
public enum WatchGap
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The watch begins: what is read from now on is followed by its changes.</summary>
    Begun,

    /// <summary>The tier can't be heard: no change is told until <see cref="Restored"/>.</summary>
    Lost,

    /// <summary>The tier is heard again: what is read from now on is followed by its changes.</summary>
    Restored,

    /// <summary>The watcher read more slowly than changes came: those that its buffer had no room for are skipped, as
    /// are those in it.</summary>
    Slow,
}
