namespace Remanso.Redis.Resp.Connections;

/// <summary>Finds another way for commands that could not be done where they were sent.</summary>
internal interface ICommandRouter
{
    /// <summary>Called on the reader with an error reply. True when the router has sent the command again, or will:
    /// then the error is not the caller's.</summary>
    bool TryRecover(RespCommand command, RedisServerException error);

    /// <summary>A command that was never written, after its connection closed.</summary>
    void Resubmit(RespCommand command);
}
