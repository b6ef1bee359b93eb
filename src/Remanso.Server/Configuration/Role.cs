namespace Remanso.Server.Configuration;

/// <summary>What a process does.</summary>
internal enum Role
{
    /// <summary>Serves and flushes.</summary>
    All,

    /// <summary>Serves, and leaves flushing to workers.</summary>
    Api,

    /// <summary>Flushes; serves only health, metrics and statistics.</summary>
    Worker,
}
