using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Remanso.Server.Tests.Hosting;

/// <summary>The life of the real process: what is written is there after a restart, and a stop loses nothing in silence.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task What_was_written_is_there_after_a_restart_with_its_version()
    {
        using var folder = new TemporaryFolder();
        string? tag;
        await using (var server = await ServerProcess.StartAsync(folder.Path))
        {
            using var body = new StringContent("Alice");
            tag = (await server.Client.PutAsync("/v1/caches/default/entries/user:42", body)).Header("ETag");
            Assert.Equal((0, ""), await server.TerminateAsync());
        }

        Assert.True(File.Exists(folder.File("data/remanso.db")));
        await using (var server = await ServerProcess.StartAsync(folder.Path))
        {
            var get = await server.Client.GetAsync("/v1/caches/default/entries/user:42");

            Assert.Equal(("Alice", tag), (await get.TextAsync(), get.Header("ETag")));
            Assert.Equal("Remanso; fwd=miss; stored", get.Header("Cache-Status"));
            Assert.Equal("text/plain; charset=utf-8", get.Header("Content-Type"));
        }
    }

    [Fact]
    public async Task A_stop_with_ten_thousand_dirty_entries_stores_them_all()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path,
            "--Remanso:Caches:default:Flush:Interval=1h",
            "--Remanso:Caches:default:Flush:BatchSize=100000"
        );
        using var body = new StringContent(
            $"[{string.Join(',', Enumerable.Range(0, 10_000).Select(static n => $$"""{"key":"k{{n}}","value":{{n}}}"""))}]"
        );
        Assert.Equal(HttpStatusCode.OK, (await server.Client.PostAsync("/v1/caches/default/entries:batch-set", body)).StatusCode);
        Assert.Contains("\"dirty\":{\"entries\":10000,", await server.Client.GetStringAsync("/v1/stats"), StringComparison.Ordinal);

        var (code, errors) = await server.TerminateAsync();

        Assert.True(code == 0, errors);
        Assert.Equal(10_000, Count(folder.File("data/remanso.db")));
    }

    [Fact]
    public async Task A_stop_that_cannot_store_says_how_much_is_lost_and_exits_with_2()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path,
            "--Remanso:Caches:default:Flush:Interval=1h",
            "--Remanso:Caches:default:Flush:StopTimeout=3s"
        );
        using var body = new StringContent("v");
        await server.Client.PutAsync("/v1/caches/default/entries/k", body);

        // Another process that holds the write lock is a store that can't be reached.
        await using var other = new SqliteConnection($"Data Source={folder.File("data/remanso.db")};Pooling=False");
        await other.OpenAsync();
        await using var command = other.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync();

        var (code, errors) = await server.TerminateAsync();

        Assert.Equal(2, code);
        Assert.Contains("remanso: stopped with 1 entries", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hang_up_stores_what_is_dirty_as_any_other_stop_does()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, "--Remanso:Caches:default:Flush:Interval=1h");
        using var body = new StringContent("v");
        await server.Client.PutAsync("/v1/caches/default/entries/k", body);

        Assert.Equal((0, ""), await server.HangUpAsync());
        Assert.Equal(1, Count(folder.File("data/remanso.db")));
    }

    [Theory]
    [InlineData("POST /set HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"key\":")]
    [InlineData("POST /set HTTP/1.1\r\nHost: x\r\nContent-Le")]
    [InlineData("GET /v1/caches/default/entries/large HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task A_client_that_stalls_holds_up_neither_the_stop_nor_the_drain(string request)
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.Path,
            "--Remanso:Caches:default:Flush:Interval=1h",
            "--Remanso:Caches:default:MaxValueBytes=16777216",
            "--Remanso:StopGrace=1s"
        );
        using var body = new ByteArrayContent(new byte[16 << 20]);
        await server.Client.PutAsync("/v1/caches/default/entries/large", body);
        using var client = new System.Net.Sockets.TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(server.Client.BaseAddress!.Host, server.Client.BaseAddress.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        // It is known to be there once a later one was answered.
        await server.Client.GetStringAsync("/health/live");

        // What it says on the way depends on how long it takes.
        Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
        Assert.Equal(1, Count(folder.File("data/remanso.db")));
    }

    [Fact]
    public async Task A_stop_before_Redis_has_answered_ends_well()
    {
        using var folder = new TemporaryFolder();
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var server = ServerProcess.Begin(folder.Path, "--tier", $"redis://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");
        using var connected = await silent.AcceptTcpClientAsync();

        Assert.Equal((0, ""), await server.TerminateAsync());
    }

    [Fact]
    public async Task The_health_switch_asks_a_running_server_and_tells_by_its_exit_code()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path);
        var address = server.Client.BaseAddress!.ToString();

        var live = await ServerProcess.RunAsync(folder.Path, ["--health", address], ("HTTP_PROXY", "http://127.0.0.1:1"));
        server.Kill();
        var dead = await ServerProcess.RunAsync(folder.Path, ["--health", address]);

        Assert.Equal((0, "", ""), live);
        Assert.Equal(1, dead.ExitCode);
        Assert.Single(dead.Errors.TrimEnd().Split('\n'));
    }

    private static int Count(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM cache_data WHERE cache = 'default'";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
