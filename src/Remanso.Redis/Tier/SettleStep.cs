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
        var calls = Split(settlements);
        var replies = await tier
            .Calls.TryAllAsync(
                calls,
                static call => call.Keys,
                (client, call, token) =>
                    SettleScript.RunAsync(client, call, tier.Clock.Now, tier.KeepsVersions, tier.Servers.FillsEnd, token),
                cancellationToken,
                tier.Faults.NoteSettlement
            )
            .ConfigureAwait(false);

        var results = new SettleResult[settlements.Count];
        var cuts = new List<(TakenBatch Batch, SettleCall Call)>();
        for (var i = 0; i < calls.Count; i++)
        {
            if (replies[i].Error is not null)
            {
                // The others are settled all the same, and theirs is told.
                NoteUnknown(calls[i], results);
            }
            else
            {
                Note(calls[i], replies[i].Value, results, cuts);
            }
        }

        var failed = calls.Where((_, i) => replies[i].Error is not null).Select(static call => call.Keys.Index).ToHashSet();
        foreach (var call in calls.Where(call => !failed.Contains(call.Keys.Index)))
        {
            tier.Faults.NoteSettled(call.Keys.Index);
        }

        await CutAsync(cuts, cancellationToken).ConfigureAwait(false);
        return results;
    }

    private List<SettleCall> Split(IReadOnlyList<Settlement> settlements)
    {
        var calls = new List<SettleCall>();
        var open = new Dictionary<(int Partition, long Token), SettleCall>();
        var maySimplify = !tier.KeepsVersions && !tier.Servers.FillsEnd;
        for (var i = 0; i < settlements.Count; i++)
        {
            var lease = settlements[i].Taken.Lease;
            if (!open.TryGetValue((lease.Partition, lease.FencingToken), out var call) || call.Count == MostPerScript)
            {
                call = new SettleCall(tier.Keys[lease.Partition], PartitionStep.TextOf(lease));
                open[(lease.Partition, lease.FencingToken)] = call;
                calls.Add(call);
            }

            call.Add(i, settlements[i], maySimplify);
        }

        return calls;
    }

    /// <summary>Notes what became of a call's settlements, and the batches whose markers may have nothing left to say.</summary>
    private static void Note(SettleCall call, SettleReply reply, SettleResult[] results, List<(TakenBatch Batch, SettleCall Call)> cuts)
    {
        var first = cuts.Count;
        for (var place = 0; place < call.Count; place++)
        {
            var (index, settlement) = call[place];
            results[index] = reply[place];
            if (reply.KeepsMarker(place))
            {
                continue;
            }

            var marker = (TakenMarker)settlement.Taken.Marker!;
            marker.Batch.Done(marker.Place);
            if (cuts.Count == first || !ReferenceEquals(cuts[^1].Batch, marker.Batch))
            {
                cuts.Add((marker.Batch, call));
            }
        }
    }

    private static void NoteUnknown(SettleCall call, SettleResult[] results)
    {
        for (var place = 0; place < call.Count; place++)
        {
            results[call[place].Index] = SettleResult.Unknown;
        }
    }

    private async ValueTask CutAsync(List<(TakenBatch Batch, SettleCall Call)> cuts, CancellationToken cancellationToken)
    {
        (PartitionKeys Keys, string Lease, byte[] Reign, long Newest)[] wanted =
        [
            .. cuts.Select(static cut => (cut.Call.Keys, cut.Call.Lease, cut.Batch.Reign, Newest: cut.Batch.CutOff()))
                .Where(static cut => cut.Newest != 0),
        ];
        try
        {
            var gone = await tier
                .Calls.TryAllAsync(
                    wanted,
                    static cut => cut.Keys,
                    static (client, cut, token) => CutScript.RunAsync(client, cut.Keys, cut.Lease, cut.Reign, cut.Newest, token),
                    cancellationToken
                )
                .ConfigureAwait(false);
            foreach (var count in gone)
            {
                tier.NoteVanished(count.Value, []);
            }
        }
        catch (Exception exception) when (exception is TierUnavailableException or InvalidDataException)
        {
            // What was settled is, and the next take finds the markers that stayed.
        }
    }
}
