using System.Text.Json.Serialization;

namespace Remanso.Client;

/// <summary>What a cache did since the server's process started, and what is dirty now.</summary>
public sealed record CacheCounts
{
    // Absent where it is not known.
    private readonly DirtyPart? _dirty;

    /// <summary>Reads by where they were answered.</summary>
    public ReadsPart Reads { get; init; } = new();

    /// <summary>Loads by single flight.</summary>
    public FlightsPart Flights { get; init; } = new();

    /// <summary>Queries of the database.</summary>
    public LoadsPart Loads { get; init; } = new();

    /// <summary>Writes that were accepted.</summary>
    public long Writes { get; init; }

    /// <summary>What flushes did.</summary>
    public FlushPart Flush { get; init; } = new();

    /// <summary>What is not in the database now, or was at <see cref="DirtyAsOf"/>; zeros where that is not known.</summary>
    public DirtyPart Dirty
    {
        get => _dirty ?? DirtyPart.None;
        init => _dirty = value;
    }

    /// <summary>When <see cref="Dirty"/> was looked at, where the server can't reach its tier now; null otherwise.</summary>
    public DateTimeOffset? DirtyAsOf { get; init; }

    /// <summary>Whether <see cref="Dirty"/> is known: a server that can't reach its tier may never have looked.</summary>
    [JsonIgnore]
    public bool IsDirtyKnown => _dirty is not null;

    /// <summary>The near cache now.</summary>
    public NearPart Near { get; init; } = new();

    /// <summary>The memory tier of the server's process now; zeros where the tier is another server.</summary>
    public MemoryPart Memory { get; init; } = new();

    /// <summary>Writes that back-pressure refused.</summary>
    public long Refused { get; init; }

    /// <summary>Tags that were removed.</summary>
    public long TagsRemoved { get; init; }

    /// <summary>Writes that lost to higher versions which others wrote to the database.</summary>
    public long Superseded { get; init; }

    /// <summary>Dirty entries that the tier lost: they are in no database.</summary>
    public long Vanished { get; init; }

    /// <summary>The circuit of the database: <c>closed</c>, <c>open</c> or <c>half-open</c>.</summary>
    public string Circuit { get; init; } = "closed";

    /// <summary>Reads by where they were answered.</summary>
    public sealed record ReadsPart
    {
        /// <summary>From the near cache.</summary>
        public long Near { get; init; }

        /// <summary>From the tier.</summary>
        public long Tier { get; init; }

        /// <summary>From the database.</summary>
        public long Store { get; init; }

        /// <summary>With the answer that the key is absent.</summary>
        public long Absent { get; init; }

        /// <summary>With a stale copy.</summary>
        public long Stale { get; init; }
    }

    /// <summary>Loads by single flight.</summary>
    public sealed record FlightsPart
    {
        /// <summary>Loads that a caller began.</summary>
        public long Led { get; init; }

        /// <summary>Callers that joined a load.</summary>
        public long Joined { get; init; }
    }

    /// <summary>Queries of the database.</summary>
    public sealed record LoadsPart
    {
        /// <summary>Queries.</summary>
        public long Queries { get; init; }

        /// <summary>Keys that they asked for.</summary>
        public long Keys { get; init; }
    }

    /// <summary>What flushes did.</summary>
    public sealed record FlushPart
    {
        /// <summary>Batches that were saved.</summary>
        public long Batches { get; init; }

        /// <summary>Entries that were stored.</summary>
        public long Stored { get; init; }

        /// <summary>Entries whose version was there.</summary>
        public long AlreadyStored { get; init; }

        /// <summary>Entries over which the database has a higher version.</summary>
        public long Superseded { get; init; }

        /// <summary>Entries that became dead letters.</summary>
        public long DeadLettered { get; init; }
    }

    /// <summary>What is not in the database now.</summary>
    public sealed record DirtyPart
    {
        internal static readonly DirtyPart None = new();

        /// <summary>Dirty entries.</summary>
        public long Entries { get; init; }

        /// <summary>Their bytes.</summary>
        public long Bytes { get; init; }

        /// <summary>The age of the oldest, in milliseconds.</summary>
        public long OldestAgeMs { get; init; }

        /// <summary>Dead letters.</summary>
        public long DeadLetters { get; init; }
    }

    /// <summary>The near cache now.</summary>
    public sealed record NearPart
    {
        /// <summary>Entries.</summary>
        public long Entries { get; init; }

        /// <summary>Their bytes.</summary>
        public long Bytes { get; init; }

        /// <summary>Copies that had to leave for want of room, since the process started.</summary>
        public long Evicted { get; init; }
    }

    /// <summary>The memory tier now.</summary>
    public sealed record MemoryPart
    {
        /// <summary>Entries, clean and dirty ones.</summary>
        public long Entries { get; init; }

        /// <summary>Their bytes, as counted against <c>Tier:MaxBytes</c>.</summary>
        public long Bytes { get; init; }

        /// <summary>Clean entries that had to leave for want of room, since the process started.</summary>
        public long Evicted { get; init; }
    }
}
