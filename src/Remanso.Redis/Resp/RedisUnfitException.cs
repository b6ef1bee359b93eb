namespace Remanso.Redis.Resp;

/// <summary>The server answers, and can never serve as it is.</summary>
internal sealed class RedisUnfitException(string message, Exception? inner = null) : RedisException(message, inner)
{
    /// <inheritdoc />
    public override bool IsTransient => false;
}
