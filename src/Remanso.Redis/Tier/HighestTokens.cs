namespace Remanso.Redis.Tier;

/// <summary>The highest token of each partition that was seen: tokens only grow, so one that is lower tells that the
/// partition went back to what it was before. It is the last line, behind <see cref="Watch.ServerWatch"/>, for what is
/// restored without a restart.</summary>
/// <remarks>A partition that went back with a restart or a fail-over was voided by then, and has a later epoch than any
/// before: that says that nothing old answers from there, so what was seen before it counts no more.</remarks>
internal sealed class HighestTokens(int partitions)
{
    private const long ToleranceMicros = 5_000_000;

    private readonly Lock _gate = new();
    private readonly long[] _highest = new long[partitions];
    private readonly long[] _epochs = new long[partitions];

    /// <summary>Notes a token, and the epoch beside it; true where the partition went back, for all who meet that before its
    /// copies are void.</summary>
    public bool WentBack(int partition, long epoch, long token)
    {
        if (token == Volatile.Read(ref _highest[partition]) && epoch == Volatile.Read(ref _epochs[partition]))
        {
            return false;
        }

        lock (_gate)
        {
            ref var highest = ref _highest[partition];
            ref var newest = ref _epochs[partition];
            if (epoch > newest)
            {
                (newest, highest) = (epoch, token);
                return false;
            }

            // Replies come in the order in which the server gave them, but are looked at in any: what is a moment late is no
            // step back, and what is of an earlier epoch says nothing of how far this one has come.
            if (token >= highest - ToleranceMicros)
            {
                highest = epoch == newest ? Math.Max(highest, token) : highest;
                return false;
            }

            return true;
        }
    }

    /// <summary>Its copies are void: what was seen before counts no more.</summary>
    public void Forget(int partition)
    {
        lock (_gate)
        {
            (_epochs[partition], _highest[partition]) = (0, 0);
        }
    }
}
