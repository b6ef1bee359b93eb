using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A save is under way while a fail-over takes its entry back.</summary>
public sealed class SaveAcrossTests(TierServer server)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_settlement_drops_the_copy_of_the_row_from_before(bool isSuperseded)
    {
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        var version = await tier.WriteAsync("k", "new");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));

        // As on a replica that had not got the write, where a reader loads the row before the save commits.
        await server.Process.CliAsync("DEL", bed.EntryOf("k"));
        await tier.FillAsync("k", "old", version - 1);
        await tier.SettleAsync(isSuperseded ? taken.Superseded("newer", version + 1) : taken.Stored());

        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_settlement_leaves_a_copy_of_its_own_version()
    {
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        var version = await tier.WriteAsync("k", "new");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));

        await server.Process.CliAsync("DEL", bed.EntryOf("k"));
        await tier.FillAsync("k", "new", version);
        await tier.SettleAsync(taken.Stored());

        Assert.Equal(version, (await tier.HitAsync("k")).Version);
    }
}
