using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>Who is alive, and who flushes which partition.</summary>
internal sealed class PartitionStep(TierContext tier)
{
    /// <summary>The text of a partition lease, as the server keeps it.</summary>
    public static string TextOf(PartitionLease lease) => $"{lease.FencingToken} {lease.Worker}";

    /// <summary>Says that a worker is alive.</summary>
    /// <exception cref="InvalidOperationException">The others differ by now in what all must agree on.</exception>
    public async ValueTask<IReadOnlyList<LivingWorker>> HeartbeatAsync(
        string worker,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        tier.Calls.ThrowIfAway(tier.Keys.Workers);
        await tier.Agreement.VerifyAsync(cancellationToken).ConfigureAwait(false);
        if (tier.Agreement.Problem is { } problem)
        {
            throw new InvalidOperationException(problem);
        }

        var workers = await tier
            .Calls.RunAsync(
                static (client, beat, token) => HeartbeatScript.RunAsync(client, beat.Keys, beat.Worker, beat.Duration, token),
                (tier.Keys, Worker: worker, Duration: duration),
                cancellationToken
            )
            .ConfigureAwait(false);
        Array.Sort(workers, static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        return workers;
    }

    /// <summary>Takes or renews leases.</summary>
    public async ValueTask<IReadOnlyList<PartitionLease>> AcquireAsync(
        string worker,
        IReadOnlyList<int> partitions,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        var milliseconds = Micros.Milliseconds(duration);
        var tokens = await AcquireOnceAsync(worker, partitions, milliseconds, cancellationToken).ConfigureAwait(false);
        if (Array.Exists(tokens, static token => token is { Error: null, Value: -1 }))
        {
            var unknown = await TryAgreeAsync(cancellationToken).ConfigureAwait(false);
            tokens = await AcquireOnceAsync(worker, partitions, milliseconds, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < tokens.Length; i++)
            {
                if (tokens[i] is { Error: null, Value: -1 })
                {
                    // Without terms, or with others', they are nobody's for now; the others go on.
                    tokens[i] = new(default, unknown ?? tier.Agreement.Refusal(partitions[i]));
                }
            }
        }

        var leases = new List<PartitionLease>(tokens.Length);
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i].Error is { } error)
            {
                tier.Faults.NoteLease(partitions[i], error);
            }
            else
            {
                tier.Faults.NoteLeased(partitions[i]);
            }

            if (tokens[i] is { Error: null, Value: > 0 and var token })
            {
                leases.Add(new PartitionLease(partitions[i], worker, token));
            }
        }

        tier.Faults.KeepOnly(partitions, [.. leases.Select(static lease => lease.Partition)]);
        return leases;
    }

    /// <summary>Gives leases back. Those that can't be given back run out by themselves.</summary>
    public async ValueTask ReleaseAsync(IReadOnlyList<PartitionLease> leases, CancellationToken cancellationToken) =>
        await tier
            .Calls.TryAllAsync(
                [.. leases.Select(lease => (Keys: tier.Keys[lease.Partition], Lease: TextOf(lease)))],
                static item => item.Keys,
                static (client, item, token) => ReleaseScript.RunAsync(client, item.Keys, item.Lease, token),
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <returns>Why it can't be told now whether all agree; null where they do.</returns>
    private async ValueTask<TierUnavailableException?> TryAgreeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await tier.Agreement.RenewAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TierUnavailableException exception) when (tier.Agreement.Problem is null)
        {
            return exception;
        }
    }

    private ValueTask<Attempt<long>[]> AcquireOnceAsync(
        string worker,
        IReadOnlyList<int> partitions,
        long milliseconds,
        CancellationToken cancellationToken
    ) =>
        tier.Calls.TryAllAsync(
            [
                .. partitions.Select(partition =>
                    (Keys: tier.Keys[partition], Worker: worker, Milliseconds: milliseconds, tier.Agreement.Terms)
                ),
            ],
            static lease => lease.Keys,
            static (client, lease, token) =>
                AcquireScript.RunAsync(client, lease.Keys, lease.Worker, lease.Milliseconds, lease.Terms, token),
            cancellationToken,
            tier.Faults.NoteLease
        );
}
