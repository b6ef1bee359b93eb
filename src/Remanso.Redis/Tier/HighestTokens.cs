namespace Remanso.Redis.Tier;

/// <summary>The highest token of each partition that was seen: tokens only grow, so one that is lower tells that the
/// partition went back to what it was before. It is the last line, behind <see cref="Watch.ServerWatch"/>, for what is
/// restored without a restart.</summary>
internal sealed class HighestTokens(int partitions)
{
    private const long ToleranceMicros = 5_000_000;

    private readonly long[] _highest = new long[partitions];

    /// <summary>Notes a token; true where the partition went back.</summary>
    public bool WentBack(int partition, long token)
    {
        ref var highest = ref _highest[partition];
        var before = Volatile.Read(ref highest);
        if (token == before)
        {
            return false;
        }

        // Replies come in the order in which the server gave them, but are looked at in any: what is a moment late is no step back.
        if (token > before)
        {
            Interlocked.CompareExchange(ref highest, token, before);
            return false;
        }

        if (before - token < ToleranceMicros)
        {
            return false;
        }

        Volatile.Write(ref highest, token);
        return true;
    }
}
