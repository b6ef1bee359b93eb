using Remanso.Conformance.Tiers;
using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>What an earlier release kept of a row whose version no double tells from the next one.</summary>
public sealed class SpoiltVersionTests : OwnServerTests
{
    private const string TooHigh = "638000000000000000";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Other_keys_of_its_partition_are_versioned_by_the_clock_again(bool together)
    {
        var tier = await Bed.StartAsync(static options => options.Partitions = 1);
        await tier.WriteAsync("first", "v");
        await SpoilAsync(Bed.Name(0, "s"), 32);

        await AssertGrowsAsync(tier, together);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_key_itself_is_versioned_by_the_clock_again(bool together)
    {
        var tier = await Bed.StartAsync(static options => options.Partitions = 1);
        await tier.FillAsync(TierSteps.Loaded("k", await tier.LeaseAsync("k"), "row", 5));
        await SpoilAsync(Bed.EntryOf("k", partitions: 1), 16);

        await AssertGrowsAsync(tier, together);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_copy_is_no_copy_and_gives_way_to_the_row(bool hasVersion)
    {
        var tier = await Bed.StartAsync(static options => options.Partitions = 1);
        await tier.FillAsync(TierSteps.Loaded("k", await tier.LeaseAsync("k"), "row", 5));
        await SpoilAsync(Bed.EntryOf("k", partitions: 1), 16);

        await tier.AssertMissAsync("k");
        // A row that was set to 0 has no version of its own, and gets one that is issued.
        var filled = await tier.FillAsync(
            TierSteps.Loaded("k", await tier.LeaseAsync("k"), "mended", hasVersion ? 7 : FillRequest.IssueVersion)
        );

        Assert.True(filled.Filled);
        var version = (await tier.HitAsync("k")).Version;
        Assert.InRange(version, 7, hasVersion ? 7 : VersionIssuer.Highest);
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.WriteIfAsync("k", "v", WriteCondition.IsVersion(version))).Outcome);
    }

    private static async Task AssertGrowsAsync(ICacheTier tier, bool together)
    {
        var last = 0L;
        for (var i = 0; i < 3; i++)
        {
            TierWrite[] writes = together ? [TierBed.Write("k", "v"), TierBed.Write($"{i}", "v")] : [TierBed.Write("k", "v")];
            var version = (await tier.WriteAllAsync(writes, CancellationToken.None))[0].Version;
            Assert.InRange(version, last + 1, VersionIssuer.Highest);
            last = version;
        }
    }

    private async Task SpoilAsync(string name, int at)
    {
        Assert.Equal("1", await Server.CliAsync("EXISTS", name));
        await Server.CliAsync("EVAL", $"return redis.call('SETRANGE', KEYS[1], {at}, struct.pack('<d', {TooHigh}))", "1", name);
    }
}
