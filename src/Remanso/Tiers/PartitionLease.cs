namespace Remanso.Tiers;

/// <summary>The right to flush a partition.</summary>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="Worker">Who holds it.</param>
/// <param name="FencingToken">Grows with every change of holder: what carries a lower one comes from a holder that lost the lease.</param>
internal sealed record PartitionLease(int Partition, string Worker, long FencingToken);
