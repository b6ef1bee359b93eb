using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A master of a cluster that comes back says for two seconds that the cluster is down.</summary>
public sealed class ForgettingClusterTests
{
    [Fact]
    public async Task A_master_that_was_back_before_anybody_took_its_place_answers_with_no_copy_from_before()
    {
        // A cluster of its own: the others would notice.
        var cluster = new RedisCluster();
        await cluster.InitializeAsync();
        await using (cluster)
        {
            await using var bed = new TierBed(cluster.Address);
            var tier = await bed.StartAsync(static options => options.Partitions = 1);
            await tier.FillAsync("k", "from before", 42);
            await tier.HitAsync("k");
            var master = await cluster.MasterOfAsync(HashSlot.Of(bed.Name(0, "s")));
            await master.CliAsync("SAVE");
            master.Kill();
            await master.StartAgainAsync();

            await Until.TrueAsync(
                async () =>
                {
                    try
                    {
                        return (await tier.ReadAsync("k")).Outcome == TierReadOutcome.Miss;
                    }
                    catch (TierUnavailableException)
                    {
                        return false;
                    }
                },
                "the copy is void"
            );
        }
    }
}
