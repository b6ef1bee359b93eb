using System.Globalization;
using Microsoft.Extensions.Configuration;
using Remanso.Common;

namespace Remanso.Hosting;

/// <summary>Reads <c>Remanso:Caches:NAME</c> into the options of a cache. It is strict: an unknown name, or a value of
/// the wrong form, is an error that names the setting. Ranges are checked where the options are used.</summary>
internal static class CacheSettings
{
    /// <summary>The section with a section for each cache: <c>Remanso:Caches</c>.</summary>
    public const string Section = "Remanso:Caches";

    private delegate void Setter(CacheOptions options, Value value);

    private static readonly SortedDictionary<string, Setter> _known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Ttl:Base"] = static (options, value) => options.Ttl.Base = value.Duration(),
        ["Ttl:Jitter"] = static (options, value) => options.Ttl.Jitter = value.Number(),
        ["Ttl:Absent"] = static (options, value) => options.Ttl.Absent = value.Duration(),
        ["Ttl:Grace"] = static (options, value) => options.Ttl.Grace = value.Duration(),
        ["Load:MaxConcurrent"] = static (options, value) => options.Load.MaxConcurrent = value.Int32(),
        ["Load:MaxBatch"] = static (options, value) => options.Load.MaxBatch = value.Int32(),
        ["Load:Timeout"] = static (options, value) => options.Load.Timeout = value.Duration(),
        ["Load:RefreshAt"] = static (options, value) => options.Load.RefreshAt = value.Number(),
        ["Load:CallersInBackground"] = static (options, value) => options.Load.CallersInBackground = value.Boolean(),
        ["Load:SoftTimeout"] = static (options, value) => options.Load.SoftTimeout = value.Duration(),
        ["Load:EarlyRefreshBeta"] = static (options, value) => options.Load.EarlyRefreshBeta = value.Number(),
        ["Load:FirstBackoff"] = static (options, value) => options.Load.FirstBackoff = value.Duration(),
        ["Load:MaxBackoff"] = static (options, value) => options.Load.MaxBackoff = value.Duration(),
        ["Flush:Interval"] = static (options, value) => options.Flush.Interval = value.Duration(),
        ["Flush:BatchSize"] = static (options, value) => options.Flush.BatchSize = value.Int32(),
        ["Flush:BatchesInFlight"] = static (options, value) => options.Flush.BatchesInFlight = value.Int32(),
        ["Flush:FirstBackoff"] = static (options, value) => options.Flush.FirstBackoff = value.Duration(),
        ["Flush:MaxBackoff"] = static (options, value) => options.Flush.MaxBackoff = value.Duration(),
        ["Flush:MaxDeadLetters"] = static (options, value) => options.Flush.MaxDeadLetters = value.Int32(),
        ["Flush:DeadLetterAfter"] = static (options, value) => options.Flush.DeadLetterAfter = value.Duration(),
        ["Flush:DeadLetterRetries"] = static (options, value) => options.Flush.DeadLetterRetries = value.Int32(),
        ["Flush:DeadLetterRetryAfter"] = static (options, value) => options.Flush.DeadLetterRetryAfter = value.Duration(),
        ["Flush:CircuitFailures"] = static (options, value) => options.Flush.CircuitFailures = value.Int32(),
        ["Flush:QuietHours"] = static (options, value) => options.Flush.QuietHours = value.Hours(),
        ["Flush:Lease"] = static (options, value) => options.Flush.Lease = value.Duration(),
        ["Flush:StoredTimeout"] = static (options, value) => options.Flush.StoredTimeout = value.Duration(),
        ["Flush:StopTimeout"] = static (options, value) => options.Flush.StopTimeout = value.Duration(),
        ["Purge:Retention"] = static (options, value) => options.Purge.Retention = value.Duration(),
        ["Purge:Interval"] = static (options, value) => options.Purge.Interval = value.Duration(),
        ["Purge:BatchSize"] = static (options, value) => options.Purge.BatchSize = value.Int32(),
        ["Tier:Partitions"] = static (options, value) => options.Tier.Partitions = value.Int32(),
        ["Tier:MaxBytes"] = static (options, value) => options.Tier.MaxBytes = value.Int64(),
        ["Tier:MaxDirtyEntries"] = static (options, value) => options.Tier.MaxDirtyEntries = value.Int64(),
        ["Tier:MaxDirtyBytes"] = static (options, value) => options.Tier.MaxDirtyBytes = value.Int64(),
        ["Tier:MaxDirtyAge"] = static (options, value) => options.Tier.MaxDirtyAge = value.Duration(),
        ["Tier:ResumeAt"] = static (options, value) => options.Tier.ResumeAt = value.Number(),
        ["Tier:WhenFull"] = static (options, value) => options.Tier.WhenFull = value.OneOf<WhenFull>(),
        ["Tier:MaxWait"] = static (options, value) => options.Tier.MaxWait = value.Duration(),
        ["Near:Enabled"] = static (options, value) => options.Near.Enabled = value.Boolean(),
        ["Near:MaxEntries"] = static (options, value) => options.Near.MaxEntries = value.Int32(),
        ["Near:MaxBytes"] = static (options, value) => options.Near.MaxBytes = value.Int64(),
        ["Near:KeepWhenTierIsDown"] = static (options, value) => options.Near.KeepWhenTierIsDown = value.Boolean(),
        ["Near:MaxAge"] = static (options, value) => options.Near.MaxAge = value.Duration(),
        ["Near:Copies"] = static (options, value) => options.Near.Copies = value.OneOf<NearCopies>(),
        ["Tier:Replicas"] = static (options, value) => options.Tier.Replicas = value.Int32(),
        ["Tier:DurabilityTimeout"] = static (options, value) => options.Tier.DurabilityTimeout = value.Duration(),
        ["Tier:IdempotencyRetention"] = static (options, value) => options.Tier.IdempotencyRetention = value.Duration(),
        ["Tier:MaxIdempotencyKeys"] = static (options, value) => options.Tier.MaxIdempotencyKeys = value.Int32(),
        ["Tier:StoreIdentity"] = static (options, value) => options.Tier.StoreIdentity = value.Words(),
        ["Durability"] = static (options, value) => options.Durability = value.OneOf<Durability>(),
        ["WriteMode"] = static (options, value) => options.WriteMode = value.OneOf<WriteMode>(),
        ["WhenTierIsDown"] = static (options, value) => options.WhenTierIsDown = value.OneOf<WhenTierIsDown>(),
        ["UpdateAttempts"] = static (options, value) => options.UpdateAttempts = value.Int32(),
        ["MaxTags"] = static (options, value) => options.MaxTags = value.Int32(),
        ["MaxValueBytes"] = static (options, value) => options.MaxValueBytes = value.Int32(),
    };

    /// <summary>The names of all settings of a cache.</summary>
    public static IReadOnlyCollection<string> Names => _known.Keys;

    /// <summary>Whether a section has a setting of a cache.</summary>
    internal static bool AnyIn(IConfigurationSection section) =>
        section.AsEnumerable(makePathsRelative: true).Any(static setting => setting.Value is not null && _known.ContainsKey(setting.Key));

    /// <summary>Reads the options of one cache; what is not set has its default.</summary>
    /// <param name="cache">The section of the cache.</param>
    /// <exception cref="CacheConfigurationException">A setting is unknown, or its value is of the wrong form.</exception>
    public static CacheOptions Read(IConfigurationSection cache)
    {
        var options = new CacheOptions();
        Apply(cache, options);
        return options;
    }

    /// <summary>Puts the settings of one cache into its options; what is not set stays.</summary>
    /// <param name="cache">The section of the cache.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="CacheConfigurationException">A setting is unknown, or its value is of the wrong form.</exception>
    public static void Apply(IConfigurationSection cache, CacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(options);
        if (!string.IsNullOrEmpty(cache.Value))
        {
            throw new CacheConfigurationException(NoSetting(cache));
        }

        foreach (var (name, text) in cache.AsEnumerable(makePathsRelative: true))
        {
            Set(cache, name, text, options);
        }
    }

    /// <summary>Puts what can be read into the options.</summary>
    /// <returns>What can't be, a line each.</returns>
    internal static IReadOnlyList<string> FindProblems(IConfigurationSection cache, CacheOptions options)
    {
        List<string> problems = string.IsNullOrEmpty(cache.Value) ? [] : [NoSetting(cache)];
        foreach (var (name, text) in cache.AsEnumerable(makePathsRelative: true))
        {
            try
            {
                Set(cache, name, text, options);
            }
            catch (CacheConfigurationException exception)
            {
                problems.Add(exception.Message);
            }
        }

        return problems;
    }

    private static string NoSetting(IConfigurationSection cache) =>
        $"{cache.Path} is not a known setting but a cache, with settings such as {cache.Path}:Ttl:Base";

    private static void Set(IConfigurationSection cache, string name, string? text, CacheOptions options)
    {
        if (text is null)
        {
            return; // A section, not a setting.
        }

        var path = $"{cache.Path}:{name}";
        if (!_known.TryGetValue(name, out var set))
        {
            throw new CacheConfigurationException($"{path} is not a known setting of a cache; there are {string.Join(", ", Names)}");
        }

        set(options, new Value(path, text));
    }

    /// <summary>A value as configured, with its name for the error.</summary>
    private readonly record struct Value(string Path, string Text)
    {
        public TimeSpan Duration() =>
            DurationText.TryParse(Text, out var duration)
                ? duration
                : throw Wrong("a duration such as 250ms, 30s, 5m, 2h, 7d, PT5M or 00:05:00");

        public QuietHours Hours() =>
            QuietHours.TryParse(Text, out var hours) ? hours : throw Wrong("hours of the day in UTC such as 22:00-06:30");

        public bool Boolean() => bool.TryParse(Text, out var truth) ? truth : throw Wrong("true or false");

        public string? Words() => string.IsNullOrWhiteSpace(Text) ? null : Text;

        public double Number() =>
            double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong("a number");

        public int Int32() =>
            int.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw Wrong("a whole number of 32 bits");

        public long Int64() =>
            long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw Wrong("a whole number");

        public TEnum OneOf<TEnum>()
            where TEnum : struct, Enum
        {
            var names = Enum.GetNames<TEnum>();
            return names.Contains(Text, StringComparer.OrdinalIgnoreCase)
                ? Enum.Parse<TEnum>(Text, ignoreCase: true)
                : throw Wrong($"{string.Join(", ", names[..^1])} or {names[^1]}");
        }

        private CacheConfigurationException Wrong(string expected) => new($"{Path} must be {expected}, but is {Text}");
    }
}
