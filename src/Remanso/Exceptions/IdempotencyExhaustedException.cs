namespace Remanso;

/// <summary>The tier knows as many writes with an idempotency key as it may
/// (<see cref="TierOptions.MaxIdempotencyKeys"/>), or this owner's as many as others have to leave free. Nothing
/// was written.</summary>
public sealed class IdempotencyExhaustedException(TimeSpan retryAfter)
    : Exception(
        "The cache remembers as many writes with an idempotency key as it may; try again when the oldest of them is "
            + "forgotten, or without a key."
    )
{
    /// <summary>After what time the oldest is forgotten.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
