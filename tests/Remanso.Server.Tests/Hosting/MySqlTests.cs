using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Hosting;

/// <summary>The real process on MariaDB, with a driver that lies in a folder of its own, as a user would put it there.</summary>
[Trait("needs", "managed")]
public sealed class MySqlTests : IClassFixture<MariaDbServer>
{
    private const string Entry = "/v1/caches/default/entries/";

    private readonly MariaDbServer _mariaDb;

    public MySqlTests(MariaDbServer mariaDb) => _mariaDb = mariaDb;

    [Theory]
    [InlineData("driver")]
    [InlineData("driver/MySql.Data.dll")]
    public async Task The_driver_is_found_where_the_setting_says_and_writes_reach_the_database(string driver)
    {
        using var folder = new TemporaryFolder();
        await using var server = await StartAsync(folder, driver);
        Assert.Contains($"store    mysql://127.0.0.1:{_mariaDb.Port}/remanso", server.Banner, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/health/ready")).StatusCode);

        using var body = new StringContent("Alice \U0001F600");
        var put = await server.Client.PutAsync(Entry + "user%3A42-%F0%9F%98%80?durability=stored", body);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);

        var stored = await server.Client.GetAsync(Entry + "user%3A42-%F0%9F%98%80?source=db");
        Assert.Equal("Alice \U0001F600", await stored.Content.ReadAsStringAsync());
        Assert.Equal(put.Header("ETag"), stored.Header("ETag"));
        Assert.Equal((0, ""), await server.TerminateAsync());
    }

    [Fact]
    public async Task What_was_stored_survives_a_kill_and_what_was_accepted_is_flushed_by_a_stop()
    {
        using var folder = new TemporaryFolder();
        await using (var killed = await StartAsync(folder, "driver"))
        {
            using var body = new StringContent("stored");
            Assert.Equal(HttpStatusCode.OK, (await killed.Client.PutAsync(Entry + "kept?durability=stored", body)).StatusCode);
            killed.Kill();
        }

        await using (var stopped = await StartAsync(folder, "driver"))
        {
            Assert.Equal("stored", await stopped.Client.GetStringAsync(Entry + "kept"));
            using var body = new StringContent("accepted");
            Assert.Equal(HttpStatusCode.Accepted, (await stopped.Client.PutAsync(Entry + "kept", body)).StatusCode);
            Assert.Equal((0, ""), await stopped.TerminateAsync());
        }

        await using var next = await StartAsync(folder, "driver");
        Assert.Equal("accepted", await next.Client.GetStringAsync(Entry + "kept"));
    }

    [Fact]
    public async Task Writes_go_on_while_the_database_is_killed_and_reach_it_when_it_is_back()
    {
        using var folder = new TemporaryFolder();
        await using var server = await StartAsync(folder, "driver");
        await _mariaDb.KillAsync();
        try
        {
            using var body = new StringContent("meanwhile");
            Assert.Equal(HttpStatusCode.Accepted, (await server.Client.PutAsync(Entry + "outage", body)).StatusCode);
            await Until.TrueAsync(
                async () => (await server.Client.GetAsync("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable,
                "the server says that its database is away"
            );
        }
        finally
        {
            await _mariaDb.StartAsync();
        }

        await Until.TrueAsync(
            async () => (await server.Client.GetAsync(Entry + "outage?source=db")).IsSuccessStatusCode,
            "the entry has reached the database"
        );
    }

    [Theory]
    [InlineData("driver", "mysql://root:secret@127.0.0.1:{0}/test", "ConnectionStrings:Store: mysql://127.0.0.1:{0}/test refused: ")]
    [InlineData(
        "driver",
        "mysql://root:secret@127.0.0.1:{0}/test?nonsense=1",
        "ConnectionStrings:Store: The parameter 'nonsense' of the MySQL address is unknown to MySql.Data"
    )]
    [InlineData("nowhere", "mysql://root:secret@127.0.0.1:{0}/test", "Remanso:MySql:Driver: ")]
    [InlineData("Remanso.dll", "mysql://root:secret@127.0.0.1:{0}/test", "Remanso:MySql:Driver: ")]
    public async Task A_wrong_address_or_driver_stops_the_start_with_one_line(string driver, string address, string expected)
    {
        using var folder = new TemporaryFolder();
        var port = _mariaDb.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var (code, _, errors) = await ServerProcess.RunAsync(
            folder.Path,
            [
                "--urls",
                "http://127.0.0.1:0",
                "--store",
                address.Replace("{0}", port, StringComparison.Ordinal),
                "--Remanso:MySql:Driver",
                driver,
            ]
        );

        Assert.Equal(1, code);
        Assert.StartsWith("remanso: " + expected.Replace("{0}", port, StringComparison.Ordinal), errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
    }

    private Task<ServerProcess> StartAsync(TemporaryFolder folder, string driver) =>
        ServerProcess.StartAsync(folder.Path, "--store", _mariaDb.AccountUrl, "--Remanso:MySql:Driver", driver);
}
