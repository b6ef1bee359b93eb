namespace Remanso.Redis.Resp;

/// <summary>The server could not be reached, or was lost before it answered.</summary>
internal sealed class RedisConnectionException(string message, bool mayHaveRun, Exception? inner = null) : RedisException(message, inner)
{
    private readonly string? _reason;

    /// <summary>False when not a byte of the command was handed to the socket: it certainly did not run. True when
    /// the server may have run it, all the same without an answer.</summary>
    public bool MayHaveRun { get; } = mayHaveRun;

    /// <summary>Why, in words without names and addresses; null where that is not known.</summary>
    public string? Reason
    {
        get => _reason ?? (InnerException as RedisConnectionException)?.Reason;
        init => _reason = value;
    }

    /// <inheritdoc />
    public override bool IsTransient => true;
}
