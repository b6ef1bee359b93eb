namespace Remanso;

/// <summary>Another write of the key has had this <see cref="WriteOptions.IdempotencyKey"/>; nothing was written.</summary>
public sealed class IdempotencyConflictException(string key, string idempotencyKey)
    : Exception($"The idempotency key '{idempotencyKey}' was used for another write of '{key}'; each write needs one of its own.")
{
    /// <summary>The key, in its tier form.</summary>
    public string Key { get; } = key;

    /// <summary>The idempotency key.</summary>
    public string IdempotencyKey { get; } = idempotencyKey;
}
