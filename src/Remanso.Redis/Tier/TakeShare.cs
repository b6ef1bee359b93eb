using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>How much to take of one partition.</summary>
/// <param name="Keys">The partition.</param>
/// <param name="Lease">What allows it.</param>
/// <param name="Count">How many markers.</param>
/// <param name="Versions">How many versions, where every version is kept.</param>
/// <param name="MostBytes">How many bytes of entries to have on their way at once.</param>
/// <param name="Refused">Keys that the store refused, each with its version: not to be tried before they are due.</param>
internal sealed record TakeShare(
    PartitionKeys Keys,
    PartitionLease Lease,
    int Count,
    int Versions,
    long MostBytes,
    IReadOnlyDictionary<string, long> Refused
);
