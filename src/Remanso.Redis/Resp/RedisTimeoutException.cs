namespace Remanso.Redis.Resp;

/// <summary>No answer within the command's time-out. The answer, should it still come, is read and dropped.</summary>
internal sealed class RedisTimeoutException(string message, bool mayHaveRun) : RedisException(message)
{
    /// <inheritdoc cref="RedisConnectionException.MayHaveRun" />
    public bool MayHaveRun { get; } = mayHaveRun;

    /// <inheritdoc />
    public override string? Reason => "Redis did not answer in time.";

    /// <inheritdoc />
    public override bool IsTransient => true;
}
