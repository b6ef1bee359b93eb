namespace Remanso.ReadThrough;

/// <summary>How missed keys are loaded.</summary>
public sealed class LoadOptions
{
    /// <summary>K, the bulkhead: at most so many queries run against the store at once; 4 unless set; 1 to 1024.</summary>
    public int MaxConcurrent { get; set; } = 4;

    /// <summary>The most keys in one query; 1000 unless set; 1 to 10,000.</summary>
    public int MaxBatch { get; set; } = 1000;

    /// <summary>After what time a load that has not come back fails for its callers and frees its key; 30 s unless set; 1 ms to 10 minutes.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}
