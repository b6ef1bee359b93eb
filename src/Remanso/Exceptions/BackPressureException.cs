namespace Remanso;

/// <summary>A limit of the cache is reached: the store can't keep up. Nothing was written.</summary>
public sealed class BackPressureException(TimeSpan retryAfter)
    : Exception("The cache holds as much unstored data as it may; try again later.")
{
    /// <summary>After what time another try makes sense.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
