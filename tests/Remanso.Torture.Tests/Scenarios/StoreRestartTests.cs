using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>The database goes away, and comes back.</summary>
public sealed class StoreRestartTests(PostgresServer postgres)
{
    [Fact]
    public async Task A_database_that_crashes_and_one_that_is_shut_down_delay_the_writes_and_lose_none()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var deployment = await Deployment.StartAsync(postgres, redis);
        using var scenario = new Scenario(deployment);

        await scenario.RunAsync(
            "PostgreSQL restarted",
            $"{Scale.Current.Rounds} crashes, {Scale.Current.Rounds} shutdowns of PostgreSQL",
            Scenario.Rounds(postgres.KillAsync, postgres.StartAsync, postgres.StopAsync, postgres.StartAsync)
        );
    }
}
