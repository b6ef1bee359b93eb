namespace Remanso.Redis.Tests.Promises;

/// <summary>The ways in which a Redis forgets what it did last, and serves what was true before.</summary>
public enum Forgetting
{
    /// <summary>It is killed, and starts with its last snapshot.</summary>
    Snapshot,

    /// <summary>Its machine loses power: the append-only file ends early.</summary>
    CutLog,

    /// <summary>A backup is put in place of its data.</summary>
    Backup,

    /// <summary>A replica that lagged behind is promoted.</summary>
    LaggingReplica,
}
