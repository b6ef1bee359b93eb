namespace Remanso.Redis.Resp;

/// <summary>The server could not be reached, or was lost before it answered.</summary>
/// <param name="message">What happened.</param>
/// <param name="mayHaveRun">Whether the command may have run.</param>
/// <param name="inner">The cause.</param>
/// <param name="reason">The cause in words; that of <paramref name="inner"/> where null.</param>
internal sealed class RedisConnectionException(string message, bool mayHaveRun, Exception? inner = null, string? reason = null)
    : RedisException(message, inner)
{
    /// <summary>False when not a byte of the command was handed to the socket: it certainly did not run. True when
    /// the server may have run it, all the same without an answer.</summary>
    public bool MayHaveRun { get; } = mayHaveRun;

    /// <inheritdoc />
    public override string? Reason { get; } = reason ?? (inner as RedisException)?.Reason;

    /// <inheritdoc />
    public override bool IsTransient => true;
}
