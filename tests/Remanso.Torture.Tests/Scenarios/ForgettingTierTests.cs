using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Load;
using Remanso.Torture.Tests.Reporting;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>Redis forgets, is shared, gets another policy or another time, under counters and conditions: nothing older
/// than what was stored ever answers, or is built on.</summary>
public sealed class ForgettingTierTests(PostgresServer postgres)
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Two_deployments_on_one_redis_that_goes_back_to_a_snapshot_again_and_again_keep_what_they_stored()
    {
        await using var redis = await RedisProcess.StartAsync();
        await redis.AllowPrefixAsync("one");
        await redis.AllowPrefixAsync("two");
        var databases = new[] { await Database.CreateAsync(postgres), await Database.CreateAsync(postgres) };
        var starts = new[] { "one", "two" }.Zip(databases, (name, database) =>
            ServerProcess.StartAsync(
                name,
                "--store",
                database.Url,
                "--tier",
                $"{redis.Address}/0?prefix={name}",
                "--Remanso:Caches:default:Flush:Lease=2s"
            )
        );
        var servers = await Task.WhenAll(starts);
        await using var one = servers[0];
        await using var two = servers[1];
        await Task.WhenAll(databases.Select(static database => database.RecordVersionsAsync()));
        var loads = servers.Zip(databases, static (server, database) => new MergeLoad(server.Client, database)).ToArray();

        await RunAsync("two deployments, Redis goes back to a snapshot", $"{Scale.Current.Rounds} times", loads, servers, () =>
        {
            var forgetting = loads[0].RunAsync(Scenario.Rounds(ForgetAsync));
            return Task.WhenAll(forgetting, loads[1].RunAsync(() => forgetting));
        });

        async Task ForgetAsync()
        {
            // Some of it is dirty then.
            await using (await databases[0].LockAsync())
            {
                await loads[0].AcceptAsync();
                await redis.CliAsync("save");
            }

            var (snapshot, kept) = (Path.Combine(redis.Directory, "dump.rdb"), Path.Combine(redis.Directory, "kept.rdb"));
            File.Copy(snapshot, kept, overwrite: true);
            await Task.WhenAll(loads.Select(static load => load.StoredMoreAsync(12)));
            redis.Kill();
            File.Copy(kept, snapshot, overwrite: true);
            await redis.StartAgainAsync();
        }
    }

    [Fact]
    public async Task A_replica_that_lagged_is_promoted_and_what_was_stored_holds()
    {
        for (var round = 0; round < Scale.Current.Rounds; round++)
        {
            await using var master = await RedisProcess.StartAsync();
            await using var replica = await RedisProcess.StartAsync("--replicaof", $"127.0.0.1 {master.Port}");
            var database = await Database.CreateAsync(postgres);
            await using var server = await ServerProcess.StartAsync(
                "server",
                "--store",
                database.Url,
                "--tier",
                RedisProcess.AddressOf(master, replica),
                "--Remanso:Caches:default:Flush:Lease=2s"
            );
            await database.RecordVersionsAsync();
            var load = new MergeLoad(server.Client, database);
            await RunAsync("a replica that lagged is promoted", $"{Scale.Current.Rounds} times", [load], [server], () =>
                load.RunAsync(PromoteAsync)
            );

            async Task PromoteAsync()
            {
                await using (await database.LockAsync())
                {
                    await load.AcceptAsync();
                    await Patient.UntilAsync(
                        async () =>
                            (await replica.CliAsync("info", "replication")).Contains("master_link_status:up", StringComparison.Ordinal),
                        "the replica follows"
                    );
                    await master.CliAsync("wait", "1", "2000");
                    // It hears nothing from now on.
                    await replica.CliAsync("replicaof", "127.0.0.1", "1");
                }

                await load.StoredMoreAsync(12);
                master.Kill();
                await replica.CliAsync("replicaof", "no", "one");
            }
        }
    }

    [Fact]
    public async Task Another_policy_and_another_time_cost_no_stored_write()
    {
        await using var redis = await RedisProcess.StartWithClockAsync();
        var database = await Database.CreateAsync(postgres);
        await using var server = await ServerProcess.StartAsync(
            "server",
            "--store",
            database.Url,
            "--tier",
            redis.Address,
            "--Remanso:Caches:default:Flush:Lease=2s"
        );
        await database.RecordVersionsAsync();
        var load = new MergeLoad(server.Client, database);

        await RunAsync("another policy, and the clock an hour off either way", $"{Scale.Current.Rounds} times", [load], [server], () =>
            load.RunAsync(
                Scenario.Rounds(
                    OtherPolicyAsync,
                    () => MoveAsync(-_hour),
                    () => MoveAsync(TimeSpan.Zero),
                    () => MoveAsync(_hour),
                    () => MoveAsync(TimeSpan.Zero)
                )
            )
        );

        Task MoveAsync(TimeSpan by)
        {
            redis.MoveClock(by);
            return Task.CompletedTask;
        }

        async Task OtherPolicyAsync()
        {
            await redis.CliAsync("config", "set", "maxmemory-policy", "allkeys-random");
            await Patient.UntilAsync(async () => !await IsReadyAsync(server), "the server is not ready");
            var refusals = load.Refusals;
            await Patient.UntilAsync(() => Task.FromResult(load.Refusals > refusals), "writes are refused");
            await redis.CliAsync("config", "set", "maxmemory-policy", "noeviction");
            await Patient.UntilAsync(() => IsReadyAsync(server), "the server is ready again");
        }
    }

    private static async Task<bool> IsReadyAsync(ServerProcess server)
    {
        using var response = await server.Client.GetAsync("/health/ready");
        return response.IsSuccessStatusCode;
    }

    private static async Task RunAsync(
        string name,
        string what,
        IReadOnlyList<MergeLoad> loads,
        IReadOnlyList<ServerProcess> servers,
        Func<Task> run
    )
    {
        try
        {
            await run();
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', servers.Select(static server => server.Log())));
            throw;
        }

        var text =
            $"{what}; of {loads.Sum(static load => load.Stored):N0} stored increments and conditional writes none was lost, "
            + "read in an older version, or built past";
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {text}; {loads.Sum(static load => load.Refusals):N0} calls were refused");
        await TortureReport.NoteAsync(name, text);
    }
}
