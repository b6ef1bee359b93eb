using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// The markers go in a step of their own, when all entries are known to be settled: a crash in between leaves markers of
// clean entries, which the next take removes.

/// <summary>Records what the store said of taken entries.</summary>
internal sealed class SettleStep(TierContext tier)
{
    // A script holds up its server: this many take it about a millisecond.
    private const int MostPerScript = 256;

    /// <summary>Settles entries, per partition together.</summary>
    public async ValueTask<IReadOnlyList<SettleResult>> SettleAsync(
        IReadOnlyList<Settlement> settlements,
        CancellationToken cancellationToken
    )
    {
        var batches = settlements
            .Index()
            .GroupBy(static item => item.Item.Taken.Lease)
            .SelectMany(static group => group.Chunk(MostPerScript).Select(chunk => (Lease: group.Key, Items: chunk)))
            .Select(batch =>
                (
                    Keys: tier.Keys[batch.Lease.Partition],
                    Lease: PartitionStep.TextOf(batch.Lease),
                    Indexes: Array.ConvertAll(batch.Items, static item => item.Index),
                    Settlements: Array.ConvertAll(batch.Items, static item => item.Item)
                )
            )
            .ToArray();
        var replies = await tier
            .Calls.RunAllAsync(
                batches,
                (client, batch, token) =>
                    SettleScript.RunAsync(
                        client,
                        batch.Keys,
                        batch.Lease,
                        batch.Settlements,
                        tier.KeepsVersions,
                        tier.Servers.FillsEnd,
                        token
                    ),
                cancellationToken
            )
            .ConfigureAwait(false);

        var results = new SettleResult[settlements.Count];
        var done = new List<TakenEntry>(settlements.Count);
        for (var i = 0; i < batches.Length; i++)
        {
            var isLost = replies[i].Length == 0;
            for (var j = 0; j < batches[i].Indexes.Length; j++)
            {
                var index = batches[i].Indexes[j];
                results[index] =
                    isLost ? SettleResult.LeaseLost
                    : replies[i][j] == Settled.Done ? SettleResult.Settled
                    : SettleResult.StillDirty;
                if (!isLost && replies[i][j] != Settled.StillDirtyUnderItsMarker)
                {
                    done.Add(settlements[index].Taken);
                }
            }
        }

        await CutAsync(done, cancellationToken).ConfigureAwait(false);
        return results;
    }

    private async ValueTask CutAsync(List<TakenEntry> done, CancellationToken cancellationToken)
    {
        var leases = new Dictionary<TakenBatch, PartitionLease>();
        foreach (var taken in done)
        {
            var batch = ((TakenMarker)taken.Marker!).Batch;
            batch.Done(taken.Key);
            leases[batch] = taken.Lease;
        }

        var gone = await tier
            .Calls.RunAllAsync(
                [
                    .. leases
                        .Select(item =>
                            (Keys: tier.Keys[item.Value.Partition], Lease: PartitionStep.TextOf(item.Value), Newest: item.Key.CutOff())
                        )
                        .Where(static cut => cut.Newest != 0),
                ],
                static (client, cut, token) => CutScript.RunAsync(client, cut.Keys, cut.Lease, cut.Newest, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        foreach (var count in gone)
        {
            tier.NoteVanished(count, []);
        }
    }
}
