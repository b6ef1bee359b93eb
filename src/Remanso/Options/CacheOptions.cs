namespace Remanso;

/// <summary>The options of one cache, one small class per concern.</summary>
public sealed class CacheOptions
{
    /// <summary>How long clean copies live.</summary>
    public TtlOptions Ttl { get; set; } = new();

    /// <summary>How missed keys are loaded.</summary>
    public LoadOptions Load { get; set; } = new();

    /// <summary>How dirty entries are flushed.</summary>
    public FlushOptions Flush { get; set; } = new();

    /// <summary>When deleted and expired rows are removed from the default table.</summary>
    public PurgeOptions Purge { get; set; } = new();

    /// <summary>The tier's bounds.</summary>
    public TierOptions Tier { get; set; } = new();

    /// <summary>The bounded copy in this process, in front of the tier; off unless enabled.</summary>
    public NearOptions Near { get; set; } = new();

    /// <summary>What a write promises where its caller does not say; <see cref="Durability.Accepted"/> unless set.</summary>
    public Durability Durability { get; set; } = Durability.Accepted;

    /// <summary>How writes reach the store; <see cref="WriteMode.Behind"/> unless set. A cache without a store has no other.</summary>
    public WriteMode WriteMode { get; set; } = WriteMode.Behind;

    /// <summary>What becomes of a write while a remote tier can't be reached; <see cref="WhenTierIsDown.Refuse"/>
    /// unless set. A cache without a store always refuses.</summary>
    public WhenTierIsDown WhenTierIsDown { get; set; } = WhenTierIsDown.Refuse;

    /// <summary>The largest value in bytes; 1 MiB unless set; 1 to 512 MiB.</summary>
    public int MaxValueBytes { get; set; } = 1 << 20;

    /// <summary>How many tags an entry may have; 16 unless set; 0 to 256.</summary>
    public int MaxTags { get; set; } = 16;

    /// <summary>Whether an entry may have any number of tags: some contracts set no limit.</summary>
    internal bool AnyNumberOfTags { get; set; }

    /// <summary>How often an update
    /// (<see cref="ICache{TKey, TValue}.UpdateAsync(TKey, Func{TValue, TValue}, WriteOptions, CancellationToken)"/>)
    /// tries while others write its key; 16 unless set; 1 to 1000.</summary>
    public int UpdateAttempts { get; set; } = 16;

    /// <summary>Options that share nothing with these: each cache has its own, also where one object was given to several.</summary>
    internal CacheOptions Copy()
    {
        var copy = (CacheOptions)MemberwiseClone();
        (copy.Ttl, copy.Load, copy.Flush) = (Ttl.Copy(), Load.Copy(), Flush.Copy());
        (copy.Purge, copy.Tier, copy.Near) = (Purge.Copy(), Tier.Copy(), Near.Copy());
        return copy;
    }
}
