namespace Remanso;

/// <summary>A value can't be kept under its key: its codec can't encode it so that it comes back, or the backing store
/// would never take it. Nothing was written.</summary>
public sealed class InvalidValueException : ArgumentException
{
    /// <summary>Creates one.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="key">The key, encoded.</param>
    /// <param name="reason">Why, without a full stop.</param>
    public InvalidValueException(string cache, string key, string reason)
        : this(cache, key, reason, null) { }

    internal InvalidValueException(string cache, string key, string reason, Exception? inner)
        : base($"The cache '{cache}' can't keep this value of key '{key}': {reason}.", inner) => Key = key;

    /// <summary>The key, encoded.</summary>
    public string Key { get; }
}
