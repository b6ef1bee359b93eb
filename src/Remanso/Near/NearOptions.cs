namespace Remanso;

/// <summary>The near cache: a bounded copy of what this process reads most, in front of the tier. Off unless enabled;
/// without it every read asks the tier.</summary>
public sealed class NearOptions
{
    /// <summary>Whether this cache has a near cache; false unless set. It saves the round trip to a remote tier, and
    /// the decoding; it costs memory, and on a remote tier a notice of each change.</summary>
    public bool Enabled { get; set; }

    /// <summary>How many keys are held at most, known-absent ones among them; 100,000 unless set; 1 to 100,000,000.</summary>
    public int MaxEntries { get; set; } = 100_000;

    /// <summary>How many bytes are held at most: keys, values as encoded, and an estimate of the book-keeping; 64 MiB
    /// unless set, at least 64 KiB. A decoded value takes memory beside its encoded form, which is not counted.</summary>
    public long MaxBytes { get; set; } = 64L << 20;

    /// <summary>How long a copy is served at most, counted from before it was read from the tier; 30 s unless set; 1
    /// ms to 1 hour. It bounds how old an answer can be if notices of changes stop coming and nobody is told. A copy
    /// never outlives the freshness of its entry either.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether copies are kept, and filled by loads, while a remote tier can't be reached; false unless set.
    /// They are served marked stale (<see cref="ReadFlags.Stale"/>), for <see cref="MaxAge"/> after they were read at
    /// most: so old may an answer be, for what other processes write meanwhile is not heard. All of them are dropped
    /// before the tier is used again. It keeps most reads from the database just when nothing else does.</summary>
    public bool KeepWhenTierIsDown { get; set; }

    /// <summary>Whether readers share the decoded value, or each get one of their own; <see cref="NearCopies.Shared"/>
    /// unless set.</summary>
    public NearCopies Copies { get; set; } = NearCopies.Shared;

    internal NearOptions Copy() => (NearOptions)MemberwiseClone();
}
