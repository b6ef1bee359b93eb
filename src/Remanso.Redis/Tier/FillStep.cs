using Remanso.Entries;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>Fills, and the wait for another's fill.</summary>
internal sealed class FillStep(TierContext tier)
{
    /// <summary>Fills keys.</summary>
    public async ValueTask<IReadOnlyList<FillResult>> FillAsync(IReadOnlyList<FillRequest> fills, CancellationToken cancellationToken)
    {
        var replies = await tier
            .Calls.RunAllAsync(
                [.. fills.Select(fill => (Tier: tier, Fill: fill, IsKept: !tier.Servers.FillsEnd))],
                static (client, item, token) =>
                    FillScript.RunAsync(client, item.Tier.Keys.Of(item.Fill.Key), item.Fill, item.IsKept, item.Tier.KeepsVersions, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        var results = new FillResult[replies.Length];
        for (var i = 0; i < results.Length; i++)
        {
            var reply = replies[i];
            results[i] =
                reply.Kind == FillReplyKind.Refused
                    ? new(false, reply.Current)
                    : new(reply.Kind == FillReplyKind.Filled, Make(fills[i], reply));
        }

        return results;
    }

    /// <summary>Gives a lease back.</summary>
    public ValueTask<bool> ReleaseAsync(string key, long token, CancellationToken cancellationToken) =>
        tier.Calls.RunAsync(
            static (client, lease, cancellation) =>
                ReleaseLeaseScript.RunAsync(client, lease.Keys.Of(lease.Key), lease.Key, lease.Token, cancellation),
            (tier.Keys, Key: key, Token: token),
            cancellationToken
        );

    /// <summary>Lets leases run on.</summary>
    public async ValueTask RenewAsync(IReadOnlyList<KeyValuePair<string, long>> leases, CancellationToken cancellationToken) =>
        await tier
            .Calls.RunAllAsync(
                [.. leases.Select(lease => (Tier: tier, lease.Key, Token: lease.Value))],
                static (client, lease, token) =>
                    RenewLeaseScript.RunAsync(
                        client,
                        lease.Tier.Keys.Of(lease.Key),
                        lease.Key,
                        lease.Token,
                        lease.Tier.LeaseMilliseconds,
                        token
                    ),
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Waits until the key's lease may have ended.</summary>
    public async ValueTask WaitAsync(string key, TimeSpan atMost, CancellationToken cancellationToken)
    {
        // First the ear, then the question: the end of a lease that still ran when it was asked for is heard.
        using var waiter = tier.Signals.Waiters.Join(key);
        var left = await tier
            .Calls.RunAsync(
                static (client, wait, token) => WaitScript.RunAsync(client, wait.Keys.Of(wait.Key), wait.Key, token),
                (tier.Keys, Key: key),
                cancellationToken
            )
            .ConfigureAwait(false);
        if (left <= 0)
        {
            return;
        }

        var runsFor = TimeSpan.FromMilliseconds(left);
        await waiter
            .Ended.WaitAsync(runsFor < atMost ? runsFor : atMost, tier.Time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The entry that fill.lua made, without asking for it back.</summary>
    private static CacheEntry Make(FillRequest fill, FillReply reply)
    {
        var expiresAt = Micros.FromField(Micros.ToField(fill.ExpiresAt));
        var absent = fill.Tombstone || reply.Now >= expiresAt;
        if (absent)
        {
            expiresAt = CacheEntry.Never;
        }

        var freshUntil = reply.Now + Micros.Of(fill.Ttl);
        return new CacheEntry
        {
            Value = absent ? default : fill.Value,
            ContentType = fill.ContentType,
            Tags = fill.Tags,
            Version = reply.Version,
            State = absent ? EntryState.Tombstone : EntryState.None,
            FreshUntil = Math.Min(freshUntil, expiresAt),
            StaleUntil = Math.Min(freshUntil + Micros.Of(fill.Grace), expiresAt),
            ExpiresAt = expiresAt,
            CachedAt = reply.Now,
            LoadMicros = fill.LoadMicros,
        };
    }
}
