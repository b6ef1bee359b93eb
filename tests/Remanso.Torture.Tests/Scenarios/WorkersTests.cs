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
    public async Task Workers_that_join_take_their_share_and_those_that_leave_give_it_back()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var deployment = await Deployment.StartAsync(postgres, redis, workers: 1);
        using var scenario = new Scenario(deployment);

        await scenario.RunAsync(
            "workers join and leave",
            $"{Scale.Current.Rounds} workers started, {Scale.Current.Rounds} stopped",
            Scenario.Rounds(JoinAsync, LeaveAsync)
        );

        async Task JoinAsync()
        {
            var worker = await deployment.AddWorkerAsync();
            await Patient.UntilAsync(async () => await deployment.CountLeasesAsync(worker) > 0, "the new worker has partitions");
        }

        async Task LeaveAsync()
        {
            var eldest = deployment.Workers[^2];
            Assert.Equal(0, await eldest.StopAsync());
            var heir = deployment.Workers[^1];
            await Patient.UntilAsync(
                async () => await deployment.CountLeasesAsync(heir) == Deployment.Partitions,
                "the last worker has all partitions"
            );
        }
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
            Scenario.Rounds(KillAsync, mortal.StartAgainAsync, SleepPastLeaseAsync, WakeAsync)
        );

        Task KillAsync()
        {
            mortal.Kill();
            return Task.CompletedTask;
        }

        async Task SleepPastLeaseAsync()
        {
            sleeper.Freeze();
            await Patient.UntilAsync(
                async () => await deployment.CountLeasesAsync(sleeper) == 0,
                "the sleeping worker has lost its leases"
            );
        }

        Task WakeAsync()
        {
            sleeper.Thaw();
            return Task.CompletedTask;
        }
    }
}
