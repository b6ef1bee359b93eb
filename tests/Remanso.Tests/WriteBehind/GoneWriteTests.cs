using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>A write that left the tier while its level was waited for may have been stored: the store's row tells.</summary>
public sealed class GoneWriteTests
{
    [Fact]
    public async Task One_whose_row_is_there_is_stored()
    {
        var store = new ScriptedStore();
        store.Put("k", "v", 1L << 52);
        await using var harness = await StartAsync(store);

        Assert.Equal(Durability.Stored, (await harness.Cache.SetAsync("k", "v", Replicated())).Durability);
    }

    [Fact]
    public async Task One_without_a_row_is_lost()
    {
        await using var harness = await StartAsync(new ScriptedStore());

        var exception = await RefusedAsync(harness);

        Assert.Equal((false, false, Durability.Replicated), (exception.IsAccepted, exception.IsUnknown, exception.Asked));
    }

    [Fact]
    public async Task One_without_a_row_is_not_told_as_lost_where_a_delete_leaves_none()
    {
        await using var harness = await StartAsync(new ScriptedStore { KeepsDeletes = false });

        Assert.True((await RefusedAsync(harness)).IsUnknown);
    }

    [Fact]
    public async Task Where_the_store_is_away_nothing_tells()
    {
        await using var harness = await StartAsync(
            new ScriptedStore { OnLoad = static (_, _) => throw new TimeoutException("the store is away") }
        );

        var exception = await RefusedAsync(harness);

        Assert.True(exception.IsUnknown);
        Assert.Contains("the store is away", exception.Message, StringComparison.Ordinal);
    }

    private static Task<CacheHarness> StartAsync(ScriptedStore store) =>
        CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            store,
            static inner => new FaultyTier(inner)
            {
                Ensures = static level =>
                    throw new DurabilityNotReachedException(1, level, "the tier no longer has it.", isAccepted: false),
            }
        );

    private static Task<DurabilityNotReachedException> RefusedAsync(CacheHarness harness) =>
        Assert.ThrowsAsync<DurabilityNotReachedException>(async () => await harness.Cache.SetAsync("k", "v", Replicated()));

    private static WriteOptions Replicated() => new() { Durability = Durability.Replicated };
}
