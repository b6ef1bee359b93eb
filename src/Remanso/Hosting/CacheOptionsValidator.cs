using Remanso.Entries;
using Remanso.Tiers;
using Remanso.Tiers.Memory;

namespace Remanso.Hosting;

/// <summary>Checks the options of a cache; the message names the option.</summary>
internal static class CacheOptionsValidator
{
    /// <summary>Checks that the largest value fits into a tier with a bound of its own.</summary>
    /// <exception cref="CacheConfigurationException">It never could be written.</exception>
    public static void ValidateFit(string cache, CacheOptions options)
    {
        // Beside the longest key: its bytes count as dirty, its characters and what it costs to hold fill the memory.
        var beside = MemorySlot.WeightBeside(CacheKey.MaxBytes);
        var dirty = Math.Min(options.Tier.DirtyBytesLimit, options.Tier.MaxBytes - beside + CacheKey.MaxBytes);
        if (options.MaxValueBytes + CacheKey.MaxBytes > dirty)
        {
            throw new CacheConfigurationException(
                $"Remanso:Caches:{cache}:MaxValueBytes is {options.MaxValueBytes}, but only {dirty} bytes may be dirty "
                    + "(Tier:MaxDirtyBytes, half of Tier:MaxBytes unless set)"
            );
        }
    }

    /// <summary>Checks that a cache without a store is one on purpose: what it accepts goes nowhere.</summary>
    /// <exception cref="CacheConfigurationException">Its store was forgotten.</exception>
    public static void ValidateStore(CacheRegistration registration, bool hasStore, RemansoSettings settings)
    {
        if (!hasStore && registration.UsesDefaultStore && !settings.WithoutStore)
        {
            throw new CacheConfigurationException(
                $"The cache '{registration.Name}' has no store, so its writes would go nowhere: add UseSqlite, UsePostgres, "
                    + "UseMySql or UseStore, give it one of its own, or say WithoutStore"
            );
        }
    }

    /// <summary>Checks that somebody flushes what the tier accepts.</summary>
    /// <exception cref="CacheConfigurationException">Nobody could.</exception>
    public static void ValidateFlushing(string cache, ICacheTier tier, bool hasStore, RemansoSettings settings)
    {
        if (!settings.Flushes && hasStore && tier.IsLocal)
        {
            throw new CacheConfigurationException(
                $"The cache '{cache}' is WithoutFlusher, but its tier is this process's memory, where no other process could flush"
            );
        }
    }

    /// <summary>Checks that there is a store for a mode that is about one.</summary>
    /// <exception cref="CacheConfigurationException">There is none.</exception>
    public static void ValidateMode(string cache, CacheOptions options, bool hasStore)
    {
        if (options.WriteMode != WriteMode.Behind && !hasStore)
        {
            throw new CacheConfigurationException($"Remanso:Caches:{cache}:WriteMode is {options.WriteMode}, but the cache has no store");
        }
    }

    /// <exception cref="CacheConfigurationException">An option is outside its range.</exception>
    public static void Validate(string cache, CacheOptions options)
    {
        if (FindProblems(cache, options) is [var first, ..])
        {
            throw new CacheConfigurationException(first);
        }
    }

    /// <summary>All options that are outside their ranges, a line each.</summary>
    public static IReadOnlyList<string> FindProblems(string cache, CacheOptions options)
    {
        List<string> problems = [];
        if (cache.Length is 0 or > 64 || cache.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
        {
            problems.Add($"The cache name '{cache}' must be 1 to 64 letters, digits, '-', '_' or '.'.");
        }

        Duration("Ttl:Base", options.Ttl.Base, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(3650));
        Check("Ttl:Jitter", options.Ttl.Jitter is >= 0 and < 1, "0 to below 1", options.Ttl.Jitter);
        Duration("Ttl:Absent", options.Ttl.Absent, TimeSpan.Zero, TimeSpan.FromDays(3650));
        Duration("Ttl:Grace", options.Ttl.Grace, TimeSpan.Zero, TimeSpan.FromDays(3650));
        Number("Load:MaxConcurrent", options.Load.MaxConcurrent, 1, 1024);
        Number("Load:MaxBatch", options.Load.MaxBatch, 1, 10_000);
        Duration("Load:Timeout", options.Load.Timeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10));
        Duration("Load:SoftTimeout", options.Load.SoftTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Check("Load:EarlyRefreshBeta", options.Load.EarlyRefreshBeta is >= 0 and <= 100, "0 to 100", options.Load.EarlyRefreshBeta);
        Check("Load:RefreshAt", options.Load.RefreshAt is null or (>= 0.01 and <= 0.99), "0.01 to 0.99", options.Load.RefreshAt ?? 0);
        Duration("Load:FirstBackoff", options.Load.FirstBackoff, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Duration("Load:MaxBackoff", options.Load.MaxBackoff, options.Load.FirstBackoff, TimeSpan.FromHours(1));
        Duration("Flush:Interval", options.Flush.Interval, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Number("Flush:BatchSize", options.Flush.BatchSize, 1, 100_000);
        Number("Flush:BatchesInFlight", options.Flush.BatchesInFlight, 1, 64);
        Duration("Flush:FirstBackoff", options.Flush.FirstBackoff, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Duration("Flush:MaxBackoff", options.Flush.MaxBackoff, options.Flush.FirstBackoff, TimeSpan.FromHours(1));
        Number("Flush:CircuitFailures", options.Flush.CircuitFailures, 0, 1000);
        Number("Flush:MaxDeadLetters", options.Flush.MaxDeadLetters, 1, 1_000_000);
        Duration("Flush:DeadLetterAfter", options.Flush.DeadLetterAfter, TimeSpan.Zero, TimeSpan.FromDays(1));
        Number("Flush:DeadLetterRetries", options.Flush.DeadLetterRetries, 0, 100);
        Duration("Flush:DeadLetterRetryAfter", options.Flush.DeadLetterRetryAfter, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        Check(
            "Flush:QuietHours",
            options.Flush.QuietHours is not { } hours || hours.From != hours.Until,
            "from one time of the day to another",
            options.Flush.QuietHours ?? default
        );
        Duration("Flush:Lease", options.Flush.Lease, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Duration("Flush:StoredTimeout", options.Flush.StoredTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Duration("Flush:StopTimeout", options.Flush.StopTimeout, TimeSpan.Zero, TimeSpan.FromHours(1));
        Check(
            "Purge:Retention",
            options.Purge.Retention == TimeSpan.Zero
                || (options.Purge.Retention >= TimeSpan.FromMinutes(1) && options.Purge.Retention <= TimeSpan.FromDays(3650)),
            "0 or 00:01:00 to 3650.00:00:00",
            options.Purge.Retention
        );
        Duration("Purge:Interval", options.Purge.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Number("Purge:BatchSize", options.Purge.BatchSize, 1, 10_000);
        Number("Tier:Partitions", options.Tier.Partitions, 1, 4096);
        Number("Tier:MaxBytes", options.Tier.MaxBytes, 64 << 10, long.MaxValue);
        Number("Tier:MaxDirtyEntries", options.Tier.MaxDirtyEntries, 1, long.MaxValue);
        Number("Tier:MaxDirtyBytes", options.Tier.MaxDirtyBytes ?? 1, 1, options.Tier.MaxBytes);
        Duration(
            "Tier:MaxDirtyAge",
            options.Tier.MaxDirtyAge ?? TimeSpan.FromDays(7),
            TimeSpan.FromMilliseconds(100),
            TimeSpan.FromDays(7)
        );
        Check(
            "Tier:MaxDirtyAge",
            options.Tier.MaxDirtyAge is not { } age || age > options.Flush.Interval,
            $"above Flush:Interval ({options.Flush.Interval})",
            options.Tier.MaxDirtyAge ?? default
        );
        Check("Tier:ResumeAt", options.Tier.ResumeAt is >= 0.1 and <= 1, "0.1 to 1", options.Tier.ResumeAt);
        Check("Tier:WhenFull", Enum.IsDefined(options.Tier.WhenFull), "Refuse, Wait or WriteThrough", options.Tier.WhenFull);
        Duration("Tier:MaxWait", options.Tier.MaxWait, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Number("Near:MaxEntries", options.Near.MaxEntries, 1, 100_000_000);
        Number("Near:MaxBytes", options.Near.MaxBytes, 64 << 10, long.MaxValue);
        Duration("Near:MaxAge", options.Near.MaxAge, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Check("Near:Copies", Enum.IsDefined(options.Near.Copies), "Shared or Decoded", options.Near.Copies);
        Number("Tier:Replicas", options.Tier.Replicas, 1, 16);
        Duration("Tier:DurabilityTimeout", options.Tier.DurabilityTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Duration("Tier:IdempotencyRetention", options.Tier.IdempotencyRetention, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Number("Tier:MaxIdempotencyKeys", options.Tier.MaxIdempotencyKeys, 1, int.MaxValue);
        Number("MaxValueBytes", options.MaxValueBytes, 1, 512 << 20);
        Number("MaxTags", options.MaxTags, 0, 256);
        Number("UpdateAttempts", options.UpdateAttempts, 1, 1000);
        Check("Durability", Enum.IsDefined(options.Durability), "Accepted, Replicated, Logged or Stored", options.Durability);
        Check("WriteMode", Enum.IsDefined(options.WriteMode), "Behind, Through or EveryVersion", options.WriteMode);
        Check("WhenTierIsDown", Enum.IsDefined(options.WhenTierIsDown), "Refuse or WriteThrough", options.WhenTierIsDown);
        return problems;

        void Number(string name, long value, long least, long most) =>
            Check(name, value >= least && value <= most, most == long.MaxValue ? $"{least} or more" : $"{least} to {most}", value);

        void Duration(string name, TimeSpan value, TimeSpan least, TimeSpan most) =>
            Check(name, value >= least && value <= most, $"{least} to {most}", value);

        void Check(string name, bool fits, string range, object value)
        {
            if (!fits)
            {
                problems.Add(FormattableString.Invariant($"Remanso:Caches:{cache}:{name} must be {range}, but is {value}"));
            }
        }
    }
}
