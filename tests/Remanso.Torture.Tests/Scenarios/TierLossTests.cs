using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>Redis loses everything: entries, queues, leases, the number of partitions, the scripts.</summary>
public sealed class TierLossTests(PostgresServer postgres)
{
    [Fact]
    public async Task After_a_loss_of_all_data_writes_of_keys_that_the_database_has_are_stored()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var deployment = await Deployment.StartAsync(postgres, redis);
        using var scenario = new Scenario(deployment);

        await scenario.RunAsync("Redis loses its data", $"{Scale.Current.Rounds} FLUSHALL", Scenario.Rounds(LoseAsync));

        // A quiet loss: nothing is dirty, and every key is in the database. The next write of each must still win.
        var before = await deployment.Database.ReadAsync();
        await LoseAsync();
        await scenario.Load.WriteEveryKeyAsync();
        await deployment.DrainAsync();
        await Audit.RunAsync(deployment.Database, scenario.Load.Ledger);
        var after = await deployment.Database.ReadAsync();
        Assert.All(before, row => Assert.True(after[row.Key].Version > row.Value.Version));
        Assert.Equal(Scale.Current.Keys, after.Count);

        async Task LoseAsync()
        {
            await redis.CliAsync("flushall");
            await redis.CliAsync("script", "flush");

            // What was acknowledged before and not stored is gone: that is what a loss means.
            scenario.Load.Forget();
        }
    }
}
