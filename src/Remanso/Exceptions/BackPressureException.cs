namespace Remanso;

/// <summary>A limit of the cache is reached: the store can't keep up. Nothing was written.</summary>
public sealed class BackPressureException(TimeSpan retryAfter)
    : Exception("A limit of what is not stored yet, or of the memory for it, is reached; try again later.")
{
    /// <summary>After what time another try makes sense.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
