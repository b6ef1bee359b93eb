namespace Remanso.Redis;

/// <summary>What a Redis server has of its data after a crash, from the least to the most.</summary>
internal enum RedisPersistence
{
    /// <summary>No append-only file: what the last snapshot has, if there is one.</summary>
    None,

    /// <summary>The server did not tell.</summary>
    Unknown,

    /// <summary>An append-only file that the operating system writes in its own time (<c>appendfsync no</c>).</summary>
    Unsynced,

    /// <summary>All but the last second or two (<c>appendfsync everysec</c>).</summary>
    EverySecond,

    /// <summary>Every write that was answered (<c>appendfsync always</c>).</summary>
    EveryWrite,
}
