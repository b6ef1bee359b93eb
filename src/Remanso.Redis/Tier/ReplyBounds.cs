using Remanso.Entries;

namespace Remanso.Redis.Tier;

// A reply that is longer than the client reads ends the connection, with the commands of everybody on it; and a take
// would meet it again and again. So no call asks for more than fits, whatever the entries are: half of a reply is for
// values, the other half for what an entry may have beside its value.

/// <summary>How much a flush asks for in one reply.</summary>
/// <param name="maxReplyBytes"><see cref="RedisConnectionLimits.MaxReplyBytes"/>.</param>
internal sealed class ReplyBounds(int maxReplyBytes)
{
    // A key, the context of a trace, and what is around them.
    private const int MarkerBytes = CacheKey.MaxBytes + 256;

    // The bytes of values on their way at once; a larger batch is left to the next call.
    private const long MostBytes = 32 << 20;

    /// <summary>Bytes of values.</summary>
    public long Values { get; } = Math.Min(MostBytes, maxReplyBytes / 2);

    /// <summary>Entries, or versions of one, whose values are counted elsewhere.</summary>
    public int Entries { get; } = Math.Max(1, maxReplyBytes / 2 / RedisConnectionLimits.EntryOverhead);

    /// <summary>Markers of a queue.</summary>
    public int Markers { get; } = Math.Max(1, maxReplyBytes / MarkerBytes);
}
