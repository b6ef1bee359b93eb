namespace Remanso.Redis.Resp.Connections;

/// <summary>Where a command is, and so who may complete it. See <see cref="RespCommand"/>.</summary>
internal enum CommandPhase : byte
{
    /// <summary>In the pool, or being prepared by its caller.</summary>
    Idle,

    /// <summary>Waits to be written; nothing of it has left the process.</summary>
    Queued,

    /// <summary>A writer is reading the arguments.</summary>
    Writing,

    /// <summary>Encoded for the socket; its reply is owed.</summary>
    InFlight,

    /// <summary>Answered, or failed by the connection.</summary>
    Done,

    /// <summary>Given up by the caller's cancellation token.</summary>
    Cancelled,

    /// <summary>Given up because its time was over.</summary>
    TimedOut,
}
