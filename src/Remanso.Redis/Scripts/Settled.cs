namespace Remanso.Redis.Scripts;

/// <summary>What can become of a settlement.</summary>
internal enum Settled
{
    /// <summary>It is recorded, or there is nothing left to record.</summary>
    Done,

    /// <summary>The entry has a newer marker.</summary>
    StillDirty,

    /// <summary>The entry has changed, and its only marker is the one with which it was taken: that must stay in the queue.</summary>
    StillDirtyUnderItsMarker,
}
