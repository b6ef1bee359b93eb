namespace Remanso.Hosting;

// Measured with a tier of 256 MiB in memory that takes new keys as fast as they come: a heap of 340 MiB ends the
// process by OutOfMemoryException, one of 384 MiB does not, and unbounded it takes some 750 MiB. The collector needs room
// for what died and for gaps, and requests want some, too.

/// <summary>What caches may grow to in this process's memory.</summary>
internal static class MemoryNeed
{
    private const double MostOfHeap = 0.5;

    /// <summary>The most bytes that a cache may hold here.</summary>
    /// <param name="options">The cache's.</param>
    /// <param name="isLocal">Whether its tier is this process's memory.</param>
    public static double Of(CacheOptions options, bool isLocal) =>
        (isLocal ? (double)options.Tier.MaxBytes : 0) + (options.Near.Enabled ? options.Near.MaxBytes : 0);

    /// <summary>How much memory this process may use: of the machine, its container, or what the runtime was told.</summary>
    public static long Available => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Whether so much leaves enough for all else.</summary>
    public static bool Fits(double bytes, long available) => bytes <= available * MostOfHeap;
}
