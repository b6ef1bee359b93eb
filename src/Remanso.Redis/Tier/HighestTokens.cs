using System.Diagnostics.CodeAnalysis;

namespace Remanso.Redis.Tier;

/// <summary>The highest token of each partition that was seen: tokens only grow, so a lower one tells that the partition
/// went back to what it was before. It is the last line, behind <see cref="Watch.ServerWatch"/>, for what is restored
/// without a restart.</summary>
/// <remarks>Replies come in the order in which the server gave them, but are looked at in any, and a token leaps by as long
/// as nobody took a lease. So a reply is compared with nothing but what was seen before its command was sent. A partition
/// that went back with a restart or a fail-over was voided by then, and has a later epoch than any before: that says that
/// nothing old answers from there.</remarks>
internal sealed class HighestTokens(int partitions)
{
    private readonly SeenToken?[] _highest = new SeenToken?[partitions];

    /// <summary>What was seen so far; null for nothing.</summary>
    public SeenToken? Of(int partition) => Volatile.Read(ref _highest[partition]);

    /// <summary>Notes what a reply tells.</summary>
    /// <param name="partition">Whose.</param>
    /// <param name="sent">What was seen when its command was sent.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="token">Its token.</param>
    /// <returns>Whether the partition went back.</returns>
    public bool WentBack(int partition, [NotNullWhen(true)] SeenToken? sent, long epoch, long token)
    {
        if (sent?.IsAfter(epoch, token) == true)
        {
            return true;
        }

        SeenToken? told = null;
        for (var seen = Of(partition); seen?.IsNotBefore(epoch, token) != true; seen = Of(partition))
        {
            Interlocked.CompareExchange(ref _highest[partition], told ??= new(epoch, token), seen);
        }

        return false;
    }

    /// <summary>Whether nobody has voided a partition since that was seen: voiding it raises its epoch.</summary>
    public bool IsYetToVoid(int partition, SeenToken sent) => Of(partition)?.Epoch == sent.Epoch;

    /// <summary>Its copies are void: what was seen before counts no more.</summary>
    public void Forget(int partition) => Volatile.Write(ref _highest[partition], null);
}
