using Remanso.Conformance.Servers;
using Remanso.Server.Tests.Commands;

namespace Remanso.Server.Tests.Hosting;

/// <summary>A real Redis that is absent, killed, hangs and comes back: the process stays up, says so, and recovers by itself.</summary>
public sealed class OutageTests
{
    private const string Entry = "/v1/caches/default/entries/";

    [Fact]
    public async Task A_process_starts_without_its_Redis_and_becomes_ready_when_it_is_there()
    {
        await using var redis = await RedisProcess.StartAsync();
        redis.Kill();
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, "--tier", redis.Address);

        await (await server.Client.GetAsync("/health/ready")).AssertProblemAsync(503, "not-ready");
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(Entry + "k")).StatusCode);
        using var body = new StringContent("v");
        var refused = await server.Client.PutAsync(Entry + "k", body);
        await refused.AssertProblemAsync(503, "tier-unavailable");
        Assert.NotNull(refused.Header("Retry-After"));

        await redis.StartAgainAsync();

        await ReadyAsync(server);
        using var again = new StringContent("v");
        Assert.Equal(HttpStatusCode.Accepted, (await server.Client.PutAsync(Entry + "k", again)).StatusCode);
    }

    [Fact]
    public async Task A_database_file_that_is_removed_confirms_nothing_and_readiness_says_so()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path);
        await PutAsync(server, "kept", "?durability=stored");
        foreach (var file in Directory.GetFiles(folder.File("data"), "remanso.db*"))
        {
            File.Delete(file);
        }

        using var body = new StringContent("gone");
        var write = server.Client.PutAsync(Entry + "k?durability=stored", body);
        await Until.TrueAsync(
            async () => !(await server.Client.GetAsync("/health/ready")).IsSuccessStatusCode,
            "readiness says that the file is gone"
        );

        Assert.False(
            write.IsCompletedSuccessfully && (await write).IsSuccessStatusCode,
            "stored was confirmed into a file that is not there"
        );
        Assert.False(File.Exists(folder.File("data/remanso.db")));
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task Reads_go_on_and_writes_are_stored_with_a_version_while_Redis_is_killed()
    {
        await using var redis = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path,
            "--tier",
            redis.Address,
            "--Remanso:Caches:default:WhenTierIsDown",
            "WriteThrough"
        );
        Assert.Contains("it survives a crash of Redis", server.Banner, StringComparison.Ordinal);
        var first = await PutAsync(server, "before", "?durability=stored");

        redis.Kill();
        await Until.TrueAsync(
            async () => !(await server.Client.GetAsync("/health/ready")).IsSuccessStatusCode,
            "readiness tells that Redis is gone"
        );

        var read = await server.Client.GetAsync(Entry + "k");
        Assert.Equal(("before", first, "Remanso; fwd=miss"), (await read.TextAsync(), Version(read), read.Header("Cache-Status")));
        var second = await PutAsync(server, "during", "");
        Assert.True(second > first, $"{second} is not above {first}");
        Assert.Equal("during", await server.Client.GetStringAsync(Entry + "k"));

        await redis.StartAgainAsync();
        await ReadyAsync(server);

        var after = await server.Client.GetAsync(Entry + "k");
        Assert.Equal(("during", second), (await after.TextAsync(), Version(after)));
        Assert.True(await PutAsync(server, "after", "") > second);
        Assert.Equal("after", await server.Client.GetStringAsync(Entry + "k"));
        Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
    }

    [Fact]
    public async Task A_Redis_that_hangs_holds_nobody_up_for_long_and_what_it_accepted_is_stored_when_it_goes_on()
    {
        await using var redis = await RedisProcess.StartAsync();
        using var folder = new TemporaryFolder();
        await using var server = await StartWithoutFlushAsync(folder, redis);
        var version = await PutAsync(server, "accepted", "");

        redis.Freeze();
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(Entry + "k")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.Client.GetAsync("/health/ready")).StatusCode);
        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(Entry + "k")).StatusCode);
        Assert.True(
            TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(4),
            "The second read waited for Redis, as the first did."
        );

        redis.Thaw();
        await ReadyAsync(server);

        Assert.Equal("accepted", await server.Client.GetStringAsync(Entry + "k"));
        using var nothing = new StringContent("");
        Assert.Equal(HttpStatusCode.OK, (await server.Client.PostAsync("/v1/caches/default/flush", nothing)).StatusCode);
        Assert.Equal(version, (await (await server.Client.GetAsync("/get/k?source=db")).JsonAsync()).GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task Statistics_and_top_tell_what_the_process_knows_while_Redis_is_away()
    {
        await using var redis = await RedisProcess.StartAsync();
        using var folder = new TemporaryFolder();
        await using var server = await StartWithoutFlushAsync(folder, redis);
        await PutAsync(server, "accepted", "");
        var before = await StatisticsAsync(server);
        Assert.False(before.TryGetProperty("dirtyAsOf", out _));

        redis.Kill();
        await Until.TrueAsync(
            async () =>
                (await (await server.Client.GetAsync("/health/ready")).TextAsync()).Contains("the tier can", StringComparison.Ordinal),
            "readiness tells that the tier can't be reached"
        );
        var began = TimeProvider.System.GetTimestamp();
        var during = await StatisticsAsync(server);
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(4), "The statistics waited for Redis.");
        Assert.Equal(1, during.GetProperty("writes").GetInt64());
        Assert.Equal(1, during.GetProperty("dirty").GetProperty("entries").GetInt64());
        Assert.True(during.GetProperty("dirtyAsOf").GetDateTimeOffset() <= TimeProvider.System.GetUtcNow());

        var address = server.Client.BaseAddress!;
        var (code, output, errors) = await CommandRun.AsyncOf(address, [], "top", "--once", "--interval", "100ms");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("NOT READY", output, StringComparison.Ordinal);
        Assert.Contains("the tier can't be reached", output, StringComparison.Ordinal);
        Assert.Matches("dirty and lag as of [0-9:]{8} UTC\\.", output);

        // Now that it is known of this key, neither the server nor the command waits longer than it was told to.
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(Entry + "k")).StatusCode);
        began = TimeProvider.System.GetTimestamp();
        var wait = await server.Client.PostAsync(Entry + "k/wait?version=1&timeout=2s", content: null);
        await wait.AssertProblemAsync(503, "tier-unavailable");
        Assert.Equal(3, (await CommandRun.AsyncOf(address, [], "wait", "k", "1", "--timeout", "1500ms")).Code);
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(4), "The waits lasted too long.");
    }

    [Fact]
    public async Task A_process_that_never_saw_its_Redis_tells_its_counts_and_nothing_of_what_is_dirty()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, "--tier", $"redis://127.0.0.1:{Ports.Free()}");
        await Until.TrueAsync(async () => !(await server.Client.GetAsync("/health/ready")).IsSuccessStatusCode, "Redis is not there");
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(Entry + "k")).StatusCode);

        var statistics = await StatisticsAsync(server);
        var (code, output, _) = await CommandRun.AsyncOf(server.Client.BaseAddress!, [], "top", "--once", "--json", "--interval", "100ms");

        Assert.Equal(1, statistics.GetProperty("reads").GetProperty("absent").GetInt64());
        Assert.False(statistics.TryGetProperty("dirty", out _));
        Assert.Equal(0, code);
        Assert.Contains("\"dirtyEntries\":null", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_ends_in_its_time_though_Redis_hangs()
    {
        await using var redis = await RedisProcess.StartAsync();
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, "--tier", redis.Address);
        var version = await PutAsync(server, "accepted", "");

        redis.Freeze();
        var began = TimeProvider.System.GetTimestamp();
        var wait = await server.Client.PostAsync(Entry + $"k/wait?version={version}&timeout=500ms", content: null);
        var passed = TimeProvider.System.GetElapsedTime(began);
        redis.Thaw();

        Assert.True(passed < TimeSpan.FromSeconds(4), $"It took {passed}.");
        await wait.AssertProblemAsync(504, "durability-not-reached");
    }

    [Fact]
    public async Task A_wait_ends_in_its_time_though_Redis_hangs_while_it_lasts()
    {
        await using var redis = await RedisProcess.StartAsync();
        using var folder = new TemporaryFolder();
        // Nobody flushes.
        await using var server = await ServerProcess.StartAsync(folder.Path, "--tier", redis.Address, "--role", "api");
        var version = await PutAsync(server, "accepted", "");
        var before = await ReadsAsync();

        var began = TimeProvider.System.GetTimestamp();
        var waiting = server.Client.PostAsync(Entry + $"k/wait?version={version}&timeout=2s", content: null);
        await Until.TrueAsync(async () => await ReadsAsync() >= before + 2, "a look into Redis while it waits");
        redis.Freeze();
        var wait = await waiting;
        var passed = TimeProvider.System.GetElapsedTime(began);
        redis.Thaw();

        Assert.True(passed < TimeSpan.FromSeconds(4), $"It took {passed}.");
        await wait.AssertProblemAsync(504, "durability-not-reached");

        async Task<int> ReadsAsync() =>
            System.Text.RegularExpressions.Regex.Match(await redis.CliAsync("INFO", "commandstats"), "cmdstat_mget:calls=([0-9]+)")
                is { Success: true } found
                ? int.Parse(found.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)
                : 0;
    }

    // With an interval of an hour: what is accepted stays dirty.
    private static Task<ServerProcess> StartWithoutFlushAsync(TemporaryFolder folder, RedisProcess redis) =>
        ServerProcess.StartAsync(folder.Path, "--tier", redis.Address, "--Remanso:Caches:default:Flush:Interval", "1h");

    private static async Task<System.Text.Json.JsonElement> StatisticsAsync(ServerProcess server)
    {
        var answer = await server.Client.GetAsync("/v1/stats");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.JsonAsync()).GetProperty("caches").GetProperty("default");
    }

    private static Task ReadyAsync(ServerProcess server) =>
        Until.TrueAsync(async () => (await server.Client.GetAsync("/health/ready")).IsSuccessStatusCode, "the process is ready again");

    private static async Task<long> PutAsync(ServerProcess server, string value, string query)
    {
        using var body = new StringContent(value);
        var put = await server.Client.PutAsync(Entry + "k" + query, body);
        Assert.True(put.IsSuccessStatusCode, await put.TextAsync());
        return Version(put);
    }

    private static long Version(HttpResponseMessage answer) =>
        long.Parse(answer.Header("ETag")!.Trim('"'), System.Globalization.CultureInfo.InvariantCulture);
}
