using Microsoft.Extensions.Caching.Hybrid;
using Remanso.Faces;

namespace Remanso;

/// <summary>The options of a cache behind <see cref="HybridCache"/>.</summary>
public sealed class HybridOptions
{
    /// <summary>The cache's name; <c>hybrid</c> unless set; 1 to 64 letters, digits, '-', '_' or '.'. Processes that
    /// share it on one tier share the entries and each factory call.</summary>
    public string Name { get; set; } = "hybrid";

    /// <summary>What holds where a call's own options say nothing; null: an entry lives for <c>Ttl:Base</c> of
    /// <see cref="Cache"/>, 5 minutes unless set, without flags.</summary>
    public HybridCacheEntryOptions? DefaultEntryOptions { get; set; }

    /// <summary>The largest value, serialized, in bytes; 1 MiB unless set; 1 to 512 MiB less 5 bytes. A larger one goes
    /// to its callers and is not cached.</summary>
    public int MaximumPayloadBytes { get; set; } = 1 << 20;

    /// <summary>The longest key, in characters; 1,024 unless set; at least 1. A key that is longer, blank, longer than
    /// 1,024 bytes of UTF-8, no valid Unicode, or has control characters is not cached: each call runs its factory.</summary>
    public int MaximumKeyLength { get; set; } = 1024;

    /// <summary>The options of the cache. They differ from another cache's in what the contract wants: a factory runs
    /// only for a caller who waits for it (no early refresh), its failure reaches those who waited for it (no grace
    /// period, no back-off), expiry is exact (no jitter), and there is a near cache where the tier is remote. All of
    /// that can be set otherwise. The largest value is <see cref="MaximumPayloadBytes"/>.</summary>
    public CacheOptions Cache { get; set; } =
        new()
        {
            Ttl = new TtlOptions { Jitter = 0, Grace = TimeSpan.Zero },
            Load = new LoadOptions { EarlyRefreshBeta = 0, FirstBackoff = TimeSpan.Zero },
            Near = new NearOptions { Enabled = true },
        };

    /// <exception cref="CacheConfigurationException">A limit is outside its range.</exception>
    internal void Validate()
    {
        Check(
            MaximumPayloadBytes is >= 1 and <= (512 << 20) - HybridPayload.HeadBytes,
            nameof(MaximumPayloadBytes),
            "1 to 512 MiB less 5 bytes",
            MaximumPayloadBytes
        );
        Check(MaximumKeyLength >= 1, nameof(MaximumKeyLength), "at least 1", MaximumKeyLength);

        static void Check(bool fits, string name, string range, int value)
        {
            if (!fits)
            {
                throw new CacheConfigurationException(
                    FormattableString.Invariant($"{nameof(HybridOptions)}.{name} must be {range}, but is {value}")
                );
            }
        }
    }
}
