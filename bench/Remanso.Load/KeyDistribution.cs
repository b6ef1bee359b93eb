namespace Remanso.Load;

/// <summary>How often each key is asked for.</summary>
internal enum KeyDistribution
{
    /// <summary>All equally.</summary>
    Uniform,

    /// <summary>The n-th most popular in proportion to n^-0.99, as in YCSB.</summary>
    Zipf,

    /// <summary>A single key.</summary>
    One,
}
