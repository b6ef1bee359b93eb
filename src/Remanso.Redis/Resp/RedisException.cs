namespace Remanso.Redis.Resp;

/// <summary>What a command on Redis can fail with, apart from cancellation.</summary>
internal abstract class RedisException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the same command may well succeed a little later.</summary>
    public abstract bool IsTransient { get; }

    /// <summary>Why, in a sentence without names and addresses, for those who may not know them; null where that is not
    /// known.</summary>
    public virtual string? Reason => null;
}
