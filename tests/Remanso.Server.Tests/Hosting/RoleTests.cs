using Microsoft.Data.Sqlite;
using Remanso.Conformance.Servers;
using Remanso.Server.Tests.Commands;

namespace Remanso.Server.Tests.Hosting;

/// <summary>Real processes that share one Redis: who serves, who flushes, and what a start refuses.</summary>
public sealed class RoleTests : IClassFixture<RedisServer>
{
    private const string Entry = "/v1/caches/default/entries/";

    private readonly RedisServer _redis;

    public RoleTests(RedisServer redis) => _redis = redis;

    [Fact]
    public async Task An_api_process_accepts_and_serves_and_a_worker_flushes()
    {
        await _redis.Process.CliAsync("flushall");
        using var folder = new TemporaryFolder();
        await using var api = await StartAsync(folder, "--role", "api");
        await using var other = await StartAsync(folder, "--role", "api");

        var set = await (await api.Client.PostAsync("/set", new StringContent("""{"key":"user:42","value":"Alice"}"""))).JsonAsync();
        var version = set.GetProperty("version").GetInt64();

        var seen = await (await other.Client.GetAsync("/get/user:42?source=cache")).JsonAsync();
        Assert.Equal(("Alice", version), (seen.GetProperty("value").GetString(), seen.GetProperty("version").GetInt64()));
        Assert.Equal(HttpStatusCode.NotFound, (await api.Client.GetAsync("/get/user:42?source=db")).StatusCode);
        Assert.Contains("api: serves; workers flush", api.Banner, StringComparison.Ordinal);
        Assert.Contains($"tier     redis://{RedisProcess.User}:***@127.0.0.1:{_redis.Process.Port}", api.Banner, StringComparison.Ordinal);
        Assert.Contains("lost if Redis stops before its flush", api.Banner, StringComparison.Ordinal);

        await using var worker = await StartAsync(folder, "--role", "worker");

        await Until.TrueAsync(
            async () => (await api.Client.GetAsync("/get/user:42?source=db")).IsSuccessStatusCode,
            "the worker has flushed what the api process accepted"
        );
        var stored = await (await other.Client.GetAsync("/get/user:42?source=db")).JsonAsync();
        Assert.Equal(version, stored.GetProperty("version").GetInt64());
        Assert.Equal(HttpStatusCode.NotFound, (await worker.Client.GetAsync(Entry + "user:42")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await worker.Client.GetAsync("/health/ready")).StatusCode);
    }

    [Fact]
    public async Task An_api_process_waits_for_the_worker_where_a_write_must_be_stored()
    {
        await _redis.Process.CliAsync("flushall");
        using var folder = new TemporaryFolder();
        await using var worker = await StartAsync(folder, "--role", "worker");
        await using var api = await StartAsync(folder, "--role", "api");

        using var body = new StringContent("v");
        var put = await api.Client.PutAsync(Entry + "k?durability=stored", body);

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal(1, Rows(folder));
        Assert.Equal((0, ""), await api.TerminateAsync());
        Assert.Equal((0, ""), await worker.TerminateAsync());
    }

    [Fact]
    public async Task Bench_and_top_at_an_api_process_say_that_the_workers_count_what_became_of_the_writes()
    {
        await _redis.Process.CliAsync("flushall");
        using var folder = new TemporaryFolder();
        await using var worker = await StartAsync(folder, "--role", "worker");
        await using var api = await StartAsync(folder, "--role", "api");
        var address = api.Client.BaseAddress!;
        await Until.TrueAsync(
            async () => (await api.Client.GetStringAsync("/v1/processes")).Contains("\"role\":\"worker\"", StringComparison.Ordinal),
            "the worker is known"
        );
        string[] bench = ["bench", "--duration", "200ms", "--connections", "2", "--keys", "10"];

        var text = await CommandRun.AsyncOf(address, [], bench);
        var json = await CommandRun.AsyncOf(address, [], [.. bench, "--json"]);
        var top = await CommandRun.AsyncOf(address, [], "top", "--once", "--interval", "100ms");
        var sample = await CommandRun.AsyncOf(address, [], "top", "--once", "--interval", "100ms", "--json");

        Assert.Matches(
            "reads became [0-9]+ queries; what became of the [0-9]+ writes is counted by the workers that flush them\\.",
            text.Output
        );
        Assert.Matches("\"database\":{\"queries\":[0-9]+,\"rows\":null,\"batches\":null}", json.Output);
        Assert.Contains("writes/s, whose rows the workers count", top.Output, StringComparison.Ordinal);
        Assert.Contains("\"storedPerSecond\":null", sample.Output, StringComparison.Ordinal);
        Assert.Contains(
            " rows/s",
            (await CommandRun.AsyncOf(worker.Client.BaseAddress!, [], "top", "--once", "--interval", "100ms")).Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_flush_at_an_api_process_names_what_a_worker_could_not_store()
    {
        await _redis.Process.CliAsync("flushall");
        using var folder = new TemporaryFolder();
        await using var api = await StartAsync(folder, "--role", "api");
        Execute(
            folder,
            "CREATE TRIGGER never BEFORE INSERT ON cache_data WHEN NEW.key = 'bad' BEGIN SELECT RAISE(ABORT, 'never this'); END"
        );
        foreach (var key in (string[])["bad", "good", "better"])
        {
            using var body = new StringContent("v");
            await api.Client.PutAsync(Entry + key, body);
        }

        var flushing = CommandRun.AsyncOf(api.Client.BaseAddress!, [], "flush");
        await using var worker = await StartAsync(folder, "--role", "worker");
        var (code, output, errors) = await flushing;

        Assert.Equal((3, "Stored 2.\n"), (code, output));
        Assert.StartsWith("bad: ", errors, StringComparison.Ordinal);
        Assert.Contains("never this", errors, StringComparison.Ordinal);
        Assert.Equal(0, (await CommandRun.AsyncOf(api.Client.BaseAddress!, [], "flush")).Code);
    }

    [Fact]
    public async Task A_flush_that_no_worker_carries_out_ends_and_says_so()
    {
        await _redis.Process.CliAsync("flushall");
        using var folder = new TemporaryFolder();
        await using var api = await StartAsync(folder, "--role", "api", "--Remanso:Caches:default:Flush:StoredTimeout", "00:00:00.300");
        using var body = new StringContent("v");
        await api.Client.PutAsync(Entry + "k", body);

        var (code, output, errors) = await CommandRun.AsyncOf(api.Client.BaseAddress!, [], "flush");

        Assert.Equal((3, "Stored 0.\n"), (code, output));
        Assert.StartsWith("1 is dirty still", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_ends_with_dirty_entries_leaves_them_to_the_others()
    {
        await _redis.Process.CliAsync("flushall");
        using var folder = new TemporaryFolder();
        await using (var api = await StartAsync(folder, "--role", "api"))
        {
            using var body = new StringContent("v");
            Assert.Equal(HttpStatusCode.Accepted, (await api.Client.PutAsync(Entry + "k", body)).StatusCode);
            Assert.Equal((0, ""), await api.TerminateAsync());
        }

        await using var worker = await StartAsync(folder, "--role", "worker");

        await Until.TrueAsync(() => Rows(folder) == 1, "a worker has flushed what another process had accepted");
    }

    [Fact]
    public async Task A_policy_that_may_evict_dirty_entries_stops_the_start()
    {
        await using var redis = await RedisProcess.StartAsync("--maxmemory-policy", "allkeys-lru");

        await AssertRefusedAsync(redis.Address, [], "maxmemory-policy allkeys-lru");
    }

    [Fact]
    public async Task Another_number_of_partitions_stops_the_start()
    {
        await using var redis = await RedisProcess.StartAsync();
        await redis.CliAsync("hset", "rm:{default}:meta", "partitions", "64");

        await AssertRefusedAsync(
            redis.Address,
            ["--Remanso:Caches:default:Tier:Partitions", "8"],
            "Remanso:Caches:default:Tier:Partitions is 8 here, but 64 on this Redis"
        );
    }

    [Fact]
    public async Task A_value_that_no_reply_could_bring_back_stops_the_start()
    {
        await AssertRefusedAsync(
            _redis.Address,
            ["--Remanso:Caches:default:MaxValueBytes", "67108865"],
            "Remanso:Caches:default:MaxValueBytes is 67108865, but replies of Redis are read up to"
        );
    }

    [Fact]
    public async Task The_largest_value_that_is_allowed_reaches_the_store_and_comes_back()
    {
        const int Largest = 64 << 20;
        await _redis.Process.CliAsync("flushall");
        using var folder = new TemporaryFolder();
        await using var server = await StartAsync(folder, "--Remanso:Caches:default:MaxValueBytes", $"{Largest}");
        var value = new byte[Largest];
        Array.Fill(value, (byte)'v');

        // On a busy machine so much may take longer than a command may.
        await Until.TrueAsync(
            async () =>
            {
                using var body = new ByteArrayContent(value);
                return (await server.Client.PutAsync(Entry + "k?durability=stored&tag=t", body)).StatusCode == HttpStatusCode.OK;
            },
            "the store has the value"
        );
        await Until.TrueAsync(
            async () => (await server.Client.GetAsync(Entry + "k?source=cache")).IsSuccessStatusCode,
            "the tier hands the value out"
        );

        Assert.Equal(value, await server.Client.GetByteArrayAsync(Entry + "k?source=cache"));
        Assert.Equal(1, Rows(folder));
    }

    [Fact]
    public async Task An_api_process_is_not_ready_while_its_store_cannot_be_read()
    {
        await _redis.Process.CliAsync("flushall");
        var postgres = new PostgresServer();
        await using var _ = postgres;
        await postgres.InitializeAsync();
        using var folder = new TemporaryFolder();
        await using var api = await StartAsync(folder, "--role", "api", "--store", postgres.RoleUrl);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync("/health/ready")).StatusCode);

        await postgres.StopAsync();
        await Until.TrueAsync(
            async () => !(await api.Client.GetAsync("/health/ready")).IsSuccessStatusCode,
            "the process says that it can't read"
        );
        var problem = await (await api.Client.GetAsync("/health/ready")).AssertProblemAsync(503, "not-ready");
        Assert.Contains("the store can't be read", problem.GetProperty("problems")[0].GetString(), StringComparison.Ordinal);
        await (await api.Client.GetAsync(Entry + "k")).AssertProblemAsync(503, "store-unavailable");

        await postgres.StartAsync();
        await Until.TrueAsync(
            async () => (await api.Client.GetAsync("/health/ready")).IsSuccessStatusCode,
            "the process is ready again without a reader"
        );
    }

    private static async Task AssertRefusedAsync(string address, string[] switches, string expected)
    {
        using var folder = new TemporaryFolder();
        var (code, output, errors) = await ServerProcess.RunAsync(
            folder.Path,
            ["--urls", "http://127.0.0.1:0", "--tier", address, .. switches]
        );

        Assert.True(code == 1, $"{code}: {output}{errors}");
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.StartsWith("remanso: ", errors, StringComparison.Ordinal);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    private static void Execute(TemporaryFolder folder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={folder.File("data/remanso.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static int Rows(TemporaryFolder folder)
    {
        using var connection = new SqliteConnection($"Data Source={folder.File("data/remanso.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM cache_data WHERE cache = 'default'";
        return Convert.ToInt32(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private Task<ServerProcess> StartAsync(TemporaryFolder folder, params string[] switches) =>
        ServerProcess.StartAsync(folder.Path, ["--tier", _redis.Address, .. switches]);
}
