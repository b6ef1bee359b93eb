using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>Two workers share the partitions, and come and go.</summary>
public sealed class WorkersTests(PostgresServer postgres)
{
    [Fact]
    public async Task Two_workers_store_what_one_api_acknowledged()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var deployment = await Deployment.StartAsync(postgres, redis);
        using var scenario = new Scenario(deployment);

        await scenario.RunAsync("two workers", "none");
    }

    [Fact]
    public async Task A_worker_that_is_killed_and_one_that_sleeps_past_its_lease_lose_nothing_and_regress_nothing()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var deployment = await Deployment.StartAsync(postgres, redis);
        using var scenario = new Scenario(deployment);
        var (mortal, sleeper) = (deployment.Workers[0], deployment.Workers[1]);

        await scenario.RunAsync(
            "workers killed and stopped",
            $"{Scale.Current.Rounds} kill -9, {Scale.Current.Rounds} SIGSTOP past the lease",
            Scenario.Rounds(KillAsync, mortal.StartAgainAsync, SleepPastLeaseAsync, WakeAsync));

        Task KillAsync()
        {
            mortal.Kill();
            return Task.CompletedTask;
        }

        async Task SleepPastLeaseAsync()
        {
            sleeper.Freeze();
            await Patient.UntilAsync(async () => !await deployment.HoldsLeasesAsync(sleeper), "the sleeping worker has lost its leases");
        }

        Task WakeAsync()
        {
            sleeper.Thaw();
            return Task.CompletedTask;
        }
    }
}
