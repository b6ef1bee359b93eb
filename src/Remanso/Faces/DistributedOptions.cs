namespace Remanso;

/// <summary>The options of a cache behind <c>IDistributedCache</c>.</summary>
public sealed class DistributedOptions
{
    /// <summary>The cache's name; <c>distributed</c> unless set; 1 to 64 letters, digits, '-', '_' or '.'. Processes
    /// that share it on one tier share the entries.</summary>
    public string Name { get; set; } = "distributed";

    /// <summary>The options of the cache. They differ from another cache's in what the contract wants: an entry
    /// without an expiry lives for <c>Ttl:Base</c> of ten years, without jitter; a value may have 16 MiB.</summary>
    public CacheOptions Cache { get; set; } =
        new()
        {
            Ttl = new TtlOptions
            {
                Base = TimeSpan.FromDays(3650),
                Jitter = 0,
                Grace = TimeSpan.Zero,
            },
            MaxValueBytes = 16 << 20,
        };
}
