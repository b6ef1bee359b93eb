using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Remanso.Server.Tests.Hosting;

/// <summary>A cache that brings every version to the history table, by configuration alone.</summary>
public sealed class EveryVersionTests
{
    private const string Entry = "/v1/caches/default/entries/k";

    private static readonly string[] _switches =
    [
        "--Remanso:Caches:default:WriteMode",
        "EveryVersion",
        "--Remanso:Caches:default:Flush:Interval",
        "1h",
    ];

    [Fact]
    public async Task Twenty_puts_and_a_delete_are_twenty_one_rows_of_the_history_in_order()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, _switches);
        for (var i = 0; i < 20; i++)
        {
            await PutAsync(server, i, string.Empty);
        }

        Assert.Equal(HttpStatusCode.Accepted, (await server.Client.DeleteAsync(Entry)).StatusCode);

        await FlushAsync(server);

        Assert.Equal([.. Enumerable.Range(0, 20).Select(Text), null], History(folder));
        Assert.Equal(0, (await server.TerminateAsync()).ExitCode);
    }

    [Fact]
    public async Task With_a_journal_a_kill_loses_no_logged_version()
    {
        using var folder = new TemporaryFolder();
        string[] switches = [.. _switches, "--journal", "sqlite:data/journal.db"];
        for (var round = 0; round < 3; round++)
        {
            await using var server = await ServerProcess.StartAsync(folder.Path, switches);
            for (var i = 0; i < 20; i++)
            {
                await PutAsync(server, (20 * round) + i, "?durability=logged");
            }

            server.Kill();
        }

        await using var last = await ServerProcess.StartAsync(folder.Path, switches);
        await FlushAsync(last);

        Assert.Equal(Enumerable.Range(0, 60).Select(Text), History(folder));
    }

    [Fact]
    public async Task Another_mode_is_refused_with_the_modes_there_are()
    {
        using var folder = new TemporaryFolder();

        var (code, _, errors) = await ServerProcess.RunAsync(
            folder.Path,
            ["--urls", "http://127.0.0.1:0", "--Remanso:Caches:default:WriteMode", "Sometimes"]
        );

        Assert.Equal(1, code);
        Assert.Contains(
            "Remanso:Caches:default:WriteMode must be Behind, Through or EveryVersion, but is Sometimes",
            errors,
            StringComparison.Ordinal
        );
    }

    private static async Task PutAsync(ServerProcess server, int number, string query)
    {
        using var body = new StringContent(Text(number));
        using var response = await server.Client.PutAsync(Entry + query, body);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    private static async Task FlushAsync(ServerProcess server)
    {
        using var flushed = await server.Client.PostAsync("/v1/caches/default/flush", null);
        Assert.True(flushed.IsSuccessStatusCode);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static List<string?> History(TemporaryFolder folder)
    {
        using var connection = new SqliteConnection($"Data Source={folder.File("data/remanso.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT CASE WHEN deleted THEN NULL ELSE CAST(value AS TEXT) END FROM cache_data_history WHERE cache = 'default' "
            + "AND key = 'k' ORDER BY version";
        using var reader = command.ExecuteReader();
        var values = new List<string?>();
        while (reader.Read())
        {
            values.Add(reader.IsDBNull(0) ? null : reader.GetString(0));
        }

        return values;
    }
}
