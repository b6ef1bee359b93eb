using System.Text.RegularExpressions;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Stores;

namespace Remanso.Server.Tests.Commands.Doctor;

/// <summary>What <c>doctor</c> says of Redis.</summary>
public sealed partial class DoctorOnRedisTests : IDisposable
{
    private const string Durability = "--Remanso:Caches:default:Durability";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_is_wrong_with_a_fit_server_and_nothing_is_left_behind()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        var run = await RunAsync(redis);

        Assert.Empty(run.Wrong);
        Assert.Equal(0, run.Code);
        Assert.Equal("0", await redis.CliAsync("DBSIZE"));
        Assert.Empty(await redis.CliAsync("ACL", "LOG"));
        Assert.DoesNotContain(RedisProcess.Password, run.Text, StringComparison.Ordinal);

        // Also while a server uses it.
        await using var server = await ServerProcess.StartAsync(_folder.Path, "--tier", redis.Address, "--store", Store);
        Assert.Empty((await RunAsync(redis)).Wrong);
    }

    [Fact]
    public async Task Each_master_of_a_cluster_is_looked_at()
    {
        var cluster = new RedisCluster();
        await using (cluster)
        {
            await cluster.InitializeAsync();
            var run = await DoctorRun.OfAsync("--store", Store, "--tier", cluster.Address);

            // They keep no append-only file, have no limit, and nothing else is wrong.
            Assert.All(run.Wrong, static check => Assert.Matches("keeps no append-only file|has no maxmemory", check));
            Assert.Equal(2 * run.Checks.Count(static check => check.GetProperty("name").GetString() == "eviction"), run.Wrong.Count());
            Assert.InRange(run.Wrong.Count(), 2 * 3, 2 * 6);
            Assert.Equal(0, run.Code);
            foreach (var server in cluster.Servers)
            {
                Assert.Equal("0", await server.CliAsync("DBSIZE"));
            }
        }
    }

    [Fact]
    public async Task Settings_that_lose_writes_are_named()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb");
        (await RunAsync(redis)).Names("warning", "redis", "persistence", "keeps no append-only file");

        await redis.CliAsync("CONFIG", "SET", "appendonly", "yes", "appendfsync", "everysec", "maxmemory-policy", "allkeys-lru");
        var run = await RunAsync(redis, Durability, "Logged");
        run.Names("problem", "redis", "eviction", "allkeys-lru");
        run.Names("problem", "redis", "persistence", "Durability is Logged");
        Assert.Equal(5, run.Code);

        await redis.CliAsync("CONFIG", "SET", "appendfsync", "always", "maxmemory-policy", "volatile-lru");
        run = await RunAsync(redis);
        run.Names("warning", "redis", "eviction", "a repeated request counts twice");
        Assert.Equal(0, run.Code);

        await redis.CliAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");
        Assert.Empty((await RunAsync(redis, Durability, "Logged")).Wrong);
    }

    [Fact]
    public async Task A_server_that_is_nearly_full_is_named()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        var used = (await redis.CliAsync("INFO", "memory"))
            .Split('\n')
            .First(static line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        await redis.CliAsync(
            "CONFIG",
            "SET",
            "maxmemory",
            $"{long.Parse(used["used_memory:".Length..].Trim(), provider: null) * 102 / 100}"
        );

        (await RunAsync(redis)).Names("problem", "redis", "memory", "(maxmemory): new writes are refused");

        await redis.CliAsync("CONFIG", "SET", "maxmemory", "100mb");
        Assert.Empty((await RunAsync(redis)).Wrong);

        // However much its machine has: a container has less, and INFO does not tell.
        await redis.CliAsync("CONFIG", "SET", "maxmemory", "0");
        var run = await RunAsync(redis);
        run.Names("warning", "redis", "memory", "nothing holds writes back");
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public async Task Who_can_not_be_reached_or_refuses_the_password_is_named_and_the_rest_is_not_checked()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        var refused = await DoctorRun.OfAsync("--store", Store, "--tier", $"redis://{RedisProcess.User}:hunter2@127.0.0.1:{redis.Port}");
        refused.Names("problem", "redis", "reachable", "WRONGPASS");
        Assert.Contains("\"unknown\"", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.Text, StringComparison.Ordinal);
        Assert.Equal(5, refused.Code);

        await redis.StopAsync();
        (await RunAsync(redis)).Names("problem", "redis", "reachable", $"127.0.0.1:{redis.Port}");
    }

    [Fact]
    public async Task Who_does_not_answer_ends_the_check_and_not_the_run()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        redis.Freeze();

        var run = await RunAsync(redis, "--time-limit", "250ms", "--only", "redis", "--only", "database");

        run.Names("unknown", "redis", "reachable", "no answer within 0.25 s");
        Assert.Contains(run.Checks, static check =>
            check.GetProperty("category").GetString() == "database" && check.GetProperty("status").GetString() == "ok"
        );
        Assert.Equal(6, run.Code);
        redis.Thaw();
    }

    [Fact]
    public async Task A_clock_that_differs_and_a_backlog_that_nobody_flushes_are_named()
    {
        await using var redis = await RedisProcess.StartWithClockAsync("--appendonly", "yes");
        await using (var server = await ServerProcess.StartAsync(_folder.Path, "--tier", redis.Address, "--store", Store, "--role", "api"))
        {
            using var body = new StringContent("v");
            Assert.Equal(HttpStatusCode.Accepted, (await server.Client.PutAsync("/v1/caches/default/entries/k", body)).StatusCode);
        }

        redis.MoveClock(TimeSpan.FromMinutes(10));
        var run = await RunAsync(redis);

        run.Names("problem", "redis", "clock", "ahead of this machine's");
        run.Names("warning", "data", "backlog", "1 entry of the cache default is not in the database");
        run.Names("warning", "data", "backlog", "0 workers are alive");
    }

    [Fact]
    public async Task A_cache_that_was_taken_out_with_dirty_entries_is_named_until_it_is_declared_and_flushed_again()
    {
        string[] declared = ["--Remanso:Caches:sess:Ttl:Base", "00:01:00"];
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        string[] serve = ["--tier", redis.Address, "--store", Store];
        await using (var server = await ServerProcess.StartAsync(_folder.Path, [.. serve, .. declared, "--role", "api"]))
        {
            using var body = new StringContent("v");
            Assert.Equal(HttpStatusCode.Accepted, (await server.Client.PutAsync("/v1/caches/sess/entries/k", body)).StatusCode);
            (await RunAsync(redis)).Names("warning", "data", "undeclared caches", "the cache sess is not declared here");
        }

        var run = await RunAsync(redis);
        run.Names("warning", "data", "undeclared caches", "1 dirty entry and 0 dead letters of it wait in Redis");
        Assert.Equal(0, run.Code);
        Assert.Empty((await RunAsync(redis, [.. declared, "--only", "redis"])).Wrong);

        await using (var server = await ServerProcess.StartAsync(_folder.Path, [.. serve, .. declared]))
        {
            // Its worker is alive, whether it has stored it already or not.
            await Until.TrueAsync(async () => !(await RunAsync(redis)).Wrong.Any(), "nothing is wrong any more");
        }

        Assert.Empty((await RunAsync(redis)).Wrong);
    }

    [Fact]
    public async Task Replicas_that_a_promise_needs_are_named_and_so_is_the_setting_that_goes_with_it()
    {
        await using var redis = await RedisProcess.StartAsync(
            "--maxmemory",
            "1gb",
            "--appendonly",
            "yes",
            "--repl-diskless-sync-delay",
            "0"
        );
        (await RunAsync(redis, Durability, "Replicated")).Names("problem", "redis", "replicas", "has 0 connected replicas");

        await using var replica = await RedisProcess.StartAsync("--replicaof", "127.0.0.1", $"{redis.Port}");
        await Until.TrueAsync(
            async () => (await redis.CliAsync("INFO", "replication")).Contains("state=online", StringComparison.Ordinal),
            "the replica follows"
        );
        (await RunAsync(redis, Durability, "Replicated")).Names("warning", "redis", "replicas", "min-replicas-to-write 0");

        await redis.CliAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        Assert.Empty((await RunAsync(redis, Durability, "Replicated")).Wrong);
    }

    [Fact]
    public async Task One_that_refuses_writes_is_a_problem_with_its_cure()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        await redis.CliAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        var run = await RunAsync(redis);
        run.Names("problem", "redis", "rights", "Redis refuses writes, and what is dirty there can't be flushed: NOREPLICAS");
        Assert.Contains("lower min-replicas-to-write", run.Text, StringComparison.Ordinal);
        await redis.CliAsync("CONFIG", "SET", "min-replicas-to-write", "0");

        await redis.FillDiskAsync();
        run = await RunAsync(redis);

        run.Names("problem", "redis", "rights", "Redis refuses writes, and what is dirty there can't be flushed: MISCONF");
        Assert.Contains("Give its disk room", run.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("script:", run.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Wrong, static check => check.Contains("round trip", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_deployments_cache_and_another_number_of_partitions_are_named()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        await using var server = await ServerProcess.StartAsync(_folder.Path, "--tier", redis.Address, "--store", Store);

        var other = await DoctorRun.OfAsync("--store", "sqlite:" + _folder.File("other.db"), "--tier", redis.Address);
        other.Names("problem", "redis", "owner", "belongs to the store");
        // Whose driver is not there, whatever other tests of this process have loaded.
        var unread = await DoctorRun.OfAsync(
            "--store",
            "mysql://127.0.0.1/remanso",
            "--Remanso:MySql:Driver",
            _folder.File("none"),
            "--tier",
            redis.Address
        );
        Assert.DoesNotContain("belongs to the store", unread.Text, StringComparison.Ordinal);
        (await RunAsync(redis, "--Remanso:Caches:default:Tier:Partitions", "8")).Names(
            "problem",
            "redis",
            "owner",
            "Tier:Partitions is 8 here, but 64"
        );
    }

    [Fact]
    public async Task Dead_letters_that_wait_are_named()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        var store = new ScriptedStore
        {
            BeforeSave = static batch =>
                batch.Any(static write => write.Key == "bad")
                    ? throw new StoreException("too long", isTransient: false) { BlamesRow = true }
                    : Task.CompletedTask,
        };
        await using var server = await RunningServer.StartAsync(store, "--tier", redis.Address);
        Assert.Equal(0, (await CommandRun.AsyncOf(server.Address, [], "set", "bad", "v")).Code);
        Assert.Equal(0, (await CommandRun.AsyncOf(server.Address, [], "set", "good", "v")).Code);
        await Until.TrueAsync(
            async () => (await CommandRun.AsyncOf(server.Address, [], "dead-letters", "list", "--json")).Output.Length > 0,
            "the database has refused it"
        );

        var run = await RunAsync(redis, "--only", "data");

        run.Names("warning", "data", "dead letters", "1 dead letters of the cache default");
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public async Task Each_right_that_the_deployed_user_has_is_missed_when_it_is_gone()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory", "1gb", "--appendonly", "yes");
        var rights = RightPattern
            .Matches(await redis.CliAsync("ACL", "GETUSER", RedisProcess.User))
            .Select(static match => match.Value)
            .ToArray();
        string[] unneeded =
        [
            "+client|setname",
            "+config|get",
            "+cluster|slots",
            "+subscribe",
            "+unsubscribe",
            "+sunsubscribe",
            "+script|load",
            "+eval",
            "+evalsha",
        ];
        Assert.True(rights.Length > 35, string.Join(' ', rights));
        foreach (var right in rights.Except(unneeded, StringComparer.Ordinal).Where(static right => right[1] != '@'))
        {
            await redis.CliAsync("ACL", "SETUSER", RedisProcess.User, "-" + right[1..]);

            var run = await RunAsync(redis, "--only", "redis");
            var status = right is "+info" or "+role" or "+mset" ? "warning" : "problem";
            Assert.True(
                run.Checks.Any(check =>
                    check.GetProperty("name").GetString() == "rights"
                    && check.GetProperty("status").GetString() == status
                    && check.GetProperty("message").GetString()!.Contains(right[1..], StringComparison.Ordinal)
                ),
                $"{right} is not missed: {run.Text}"
            );
            await redis.CliAsync("ACL", "SETUSER", RedisProcess.User, right);
        }

        await redis.CliAsync("ACL", "SETUSER", RedisProcess.User, "resetchannels");
        (await RunAsync(redis, "--only", "redis")).Names("problem", "redis", "rights", "spublish");
    }

    private string Store => "sqlite:" + _folder.File("remanso.db");

    private Task<DoctorRun> RunAsync(RedisProcess redis, params string[] switches) =>
        DoctorRun.OfAsync(["--store", Store, "--tier", redis.Address, .. switches]);

    [GeneratedRegex(@"\+[a-z@|]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RightPattern { get; }
}
