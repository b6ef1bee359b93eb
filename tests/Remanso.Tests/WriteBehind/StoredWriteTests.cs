using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>Writes that wait for the store, at a tier whose signals are lost.</summary>
[Collection(ManualClockTests.Name)]
public sealed class StoredWriteTests
{
    private static readonly WriteOptions _stored = new() { Durability = Durability.Stored };

    [Fact]
    public async Task A_write_whose_signal_is_lost_is_seen_to_be_stored()
    {
        await using var harness = await StartAsync(static _ => ValueTask.CompletedTask);

        var receipt = await WriteAsync(harness);

        Assert.Equal(receipt.Version, harness.Store.Rows["k"].Version);
    }

    [Fact]
    public async Task A_write_that_left_the_tier_once_it_was_stored_is_found_in_the_store()
    {
        await using var harness = await StartAsync(static tier => tier.InvalidateAsync(["k"], default));

        var receipt = await WriteAsync(harness);

        Assert.Equal(receipt.Version, harness.Store.Rows["k"].Version);
    }

    [Fact]
    public async Task A_write_that_left_the_tier_and_is_not_in_the_store_is_not_taken_for_stored()
    {
        await using var harness = await StartAsync(static async tier => await tier.DropDeadLettersAsync(["k"], default));
        harness.Store.BeforeSave = static _ => throw new StoreException("too long", isTransient: false);

        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => WriteAsync(harness));

        Assert.Contains("neither the tier nor the store", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("accepted", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_row_does_not_stand_for_a_write_that_is_lost()
    {
        await using var harness = await StartAsync(static async tier => await tier.DropDeadLettersAsync(["k"], default));
        await WriteAsync(harness);
        harness.Store.BeforeSave = static _ => throw new StoreException("too long", isTransient: false);

        await Assert.ThrowsAsync<DurabilityNotReachedException>(() => WriteAsync(harness));

        Assert.Equal("v", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task Where_there_is_no_store_nothing_is_taken_that_shall_be_in_it()
    {
        await using var caches = await RemansoCaches.CreateAsync(
            static remanso => remanso.WithoutStore().AddCache<string, string>("values"),
            TestContext.Current.CancellationToken
        );
        var cache = caches.Get<string, string>("values");

        await Assert.ThrowsAsync<DurabilityUnavailableException>(async () =>
            await cache.SetAsync("k", "v", _stored, TestContext.Current.CancellationToken)
        );

        Assert.False((await cache.GetAsync("k", TestContext.Current.CancellationToken)).Found);
    }

    private static async Task<WriteReceipt> WriteAsync(CacheHarness harness)
    {
        var write = harness.Cache.SetAsync("k", "v", _stored).AsTask();
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the end of the write");
        return await write;
    }

    private static Task<CacheHarness> StartAsync(Func<ICacheTier, ValueTask> afterSettlement) =>
        CacheHarness.StartAsync(decorate: tier => new FaultyTier(tier)
        {
            IsLocal = false,
            IsSilent = true,
            After = operation => operation == nameof(ICacheTier.SettleAsync) ? afterSettlement(tier) : ValueTask.CompletedTask,
        });
}
