namespace Remanso;

/// <summary>A value is larger than its cache's limit.</summary>
public sealed class ValueTooLargeException(long bytes, long limit)
    : ArgumentException($"The value has {bytes} bytes; the limit of this cache is {limit}.")
{
    /// <summary>The value's size in bytes.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>The cache's limit in bytes.</summary>
    public long Limit { get; } = limit;
}
