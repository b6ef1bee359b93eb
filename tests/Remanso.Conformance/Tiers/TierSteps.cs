using System.Collections.Frozen;
using System.Text;
using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>The steps of which tests of a tier are made.</summary>
internal static class TierSteps
{
    /// <summary>A holder of fill leases; others are any other number.</summary>
    public const long Holder = 7;

    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(this CacheEntry entry) => Encoding.UTF8.GetString(entry.Value.Span);

    /// <summary>Reads without asking for the lease.</summary>
    public static ValueTask<TierRead> ReadAsync(this ICacheTier tier, string key) => tier.ReadAsync(key, 0, CancellationToken.None);

    /// <summary>Reads many keys, none of which may fail.</summary>
    public static async Task<IReadOnlyList<TierRead>> ReadAllAsync(
        this ICacheTier tier,
        IReadOnlyList<string> keys,
        long holder,
        CancellationToken cancellationToken
    ) => [.. (await tier.ReadManyAsync(keys, holder, cancellationToken)).Select(static read => read.Get())];

    /// <summary>Makes many writes, none of which may fail.</summary>
    public static async Task<IReadOnlyList<TierWriteResult>> WriteAllAsync(
        this ICacheTier tier,
        IReadOnlyList<TierWrite> writes,
        CancellationToken cancellationToken
    ) => [.. (await tier.WriteManyAsync(writes, cancellationToken)).Select(static write => write.Get())];

    /// <summary>Reads a hit, or fails.</summary>
    public static async Task<CacheEntry> HitAsync(this ICacheTier tier, string key)
    {
        var read = await tier.ReadAsync(key);
        Assert.Equal(TierReadOutcome.Hit, read.Outcome);
        return Assert.IsType<CacheEntry>(read.Entry);
    }

    public static async Task AssertMissAsync(this ICacheTier tier, string key)
    {
        var read = await tier.ReadAsync(key);
        Assert.Equal((TierReadOutcome.Miss, null), (read.Outcome, read.Entry));
    }

    public static ValueTask<TierWriteResult> TryWriteAsync(this ICacheTier tier, TierWrite write) =>
        tier.WriteAsync(write, CancellationToken.None);

    /// <summary>Writes a value that must be accepted, and returns its version.</summary>
    public static async Task<long> WriteAsync(this ICacheTier tier, string key, string value)
    {
        var result = await tier.TryWriteAsync(new TierWrite { Key = key, Value = Bytes(value) });
        Assert.Equal(TierWriteOutcome.Accepted, result.Outcome);
        return result.Version;
    }

    /// <summary>Writes under a condition.</summary>
    public static ValueTask<TierWriteResult> WriteIfAsync(this ICacheTier tier, string key, string value, WriteCondition condition) =>
        tier.TryWriteAsync(
            new TierWrite
            {
                Key = key,
                Value = Bytes(value),
                Condition = condition,
            }
        );

    /// <summary>Deletes a key, and returns the tombstone's version.</summary>
    public static async Task<long> DeleteAsync(this ICacheTier tier, string key)
    {
        var result = await tier.TryWriteAsync(new TierWrite { Key = key, Tombstone = true });
        Assert.Equal(TierWriteOutcome.Accepted, result.Outcome);
        return result.Version;
    }

    /// <summary>Takes the fill lease of a missed key, or fails.</summary>
    public static async Task<long> LeaseAsync(this ICacheTier tier, string key, long holder = Holder)
    {
        var read = await tier.ReadAsync(key, holder, CancellationToken.None);
        Assert.NotEqual(0, read.Lease);
        return read.Lease;
    }

    public static FillRequest Loaded(string key, long lease, string value, long version, TimeSpan? ttl = null, TimeSpan? grace = null) =>
        new()
        {
            Key = key,
            Lease = lease,
            Value = Bytes(value),
            Version = version,
            Ttl = ttl ?? _hour,
            Grace = grace ?? TimeSpan.Zero,
        };

    public static async Task<FillResult> FillAsync(this ICacheTier tier, FillRequest fill) =>
        Assert.Single(await tier.FillAsync([fill], CancellationToken.None));

    /// <summary>Misses and fills a key, as a load would, and must succeed.</summary>
    public static async Task FillAsync(
        this ICacheTier tier,
        string key,
        string value,
        long version,
        TimeSpan? ttl = null,
        TimeSpan? grace = null
    )
    {
        var lease = await tier.LeaseAsync(key);
        var result = await tier.FillAsync(Loaded(key, lease, value, version, ttl, grace));
        Assert.True(result.Filled);
    }

    /// <summary>Takes all partitions for a worker.</summary>
    public static async Task<IReadOnlyList<PartitionLease>> AcquireAllAsync(
        this ICacheTier tier,
        string worker = "worker",
        TimeSpan? duration = null
    ) => await tier.AcquirePartitionsAsync(worker, [.. Enumerable.Range(0, tier.Partitions)], duration ?? _hour, CancellationToken.None);

    public static async Task<TakenEntries> TakeAsync(this ICacheTier tier, IReadOnlyList<PartitionLease> leases, int max = 1000) =>
        await tier.TakeAsync(leases, max, FrozenDictionary<string, long>.Empty, CancellationToken.None);

    /// <summary>Takes as a worker whose leases end soon after that, however slow the machine is.</summary>
    public static async Task<TakenEntries> TakeAndEndAsync(this ICacheTier tier, string worker, TimeSpan left, int max = 1000)
    {
        var taken = await tier.TakeAsync(await tier.AcquireAllAsync(worker), max);
        await tier.AcquireAllAsync(worker, left);
        return taken;
    }

    public static async Task<SettleResult> SettleAsync(this ICacheTier tier, Settlement settlement) =>
        Assert.Single(await tier.SettleAsync([settlement], CancellationToken.None));

    public static Settlement Stored(this TakenEntry taken, TimeSpan? ttl = null) =>
        new()
        {
            Taken = taken,
            Kind = SettlementKind.Stored,
            Ttl = ttl ?? _hour,
        };

    public static Settlement Superseded(this TakenEntry taken, string value, long version) =>
        new()
        {
            Taken = taken,
            Kind = SettlementKind.Superseded,
            Ttl = _hour,
            StoreRow = new CacheEntry { Value = Bytes(value), Version = version },
        };

    public static Settlement DeadLettered(this TakenEntry taken, string error = "too long") =>
        new()
        {
            Taken = taken,
            Kind = SettlementKind.DeadLettered,
            Error = error,
        };

    /// <summary>Takes all that is dirty and settles it as stored, until nothing is left.</summary>
    public static async Task FlushAsync(this ICacheTier tier)
    {
        var leases = await tier.AcquireAllAsync();
        while (await tier.TakeAsync(leases) is { Count: > 0 } taken)
        {
            await tier.SettleAsync([.. taken.Select(entry => entry.Stored())], CancellationToken.None);
        }
    }

    /// <summary>Writes a key and has the store refuse it; returns its version.</summary>
    public static async Task<long> DeadLetterAsync(this ICacheTier tier, string key, string value, string error = "too long")
    {
        var version = await tier.WriteAsync(key, value);
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.DeadLettered(error)));
        return version;
    }

    public static ValueTask InvalidateAsync(this ICacheTier tier, params string[] keys) =>
        tier.InvalidateAsync(keys, CancellationToken.None);

    public static ValueTask<DirtySummary> DirtyAsync(this ICacheTier tier) => tier.GetDirtyAsync(CancellationToken.None);
}
