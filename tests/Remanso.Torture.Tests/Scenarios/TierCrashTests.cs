using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>Redis is killed, and starts again with what its append-only file has.</summary>
public sealed class TierCrashTests(PostgresServer postgres)
{
    [Fact]
    public async Task A_tier_that_syncs_every_write_is_killed_and_no_acknowledged_write_is_missing()
    {
        await using var redis = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var deployment = await Deployment.StartAsync(postgres, redis);
        using var scenario = new Scenario(deployment);

        await scenario.RunAsync(
            "Redis killed, appendfsync always",
            $"{2 * Scale.Current.Rounds} kill -9 of Redis",
            Scenario.Rounds(CrashAsync, CrashAsync)
        );
        Assert.True(scenario.Load.Refusals > 0, "Redis was away, and the API refused nothing.");

        async Task CrashAsync()
        {
            redis.Kill();
            await scenario.Load.RefusedAsync();
            await redis.StartAgainAsync();
        }
    }
}
