using System.Text.Json;
using Remanso.Conformance.Servers;
using Remanso.Server.Commands.Remote.Bench;

namespace Remanso.Server.Tests.Commands;

/// <summary><c>bench</c>.</summary>
public sealed class BenchTests
{
    [Fact]
    public async Task A_table_of_latencies_and_what_reached_the_database_are_told()
    {
        await using var server = await RunningServer.StartAsync("--Remanso:Caches:default:Flush:Interval", "1h");

        var (code, output, errors) = await CommandRun.AsyncOf(
            server.Address,
            [],
            "bench",
            "--duration",
            "300ms",
            "--connections",
            "4",
            "--keys",
            "5",
            "--reads",
            "50"
        );

        Assert.Equal((0, ""), (code, errors));
        Assert.Matches("^This machine's own noise: .* at most\\. Latencies below that say nothing\\.\n\n", output);
        Assert.Matches("\nreads +[0-9]+( +[0-9.]+ (us|ms|s)){5}\nwrites +[0-9]+( +[0-9.]+ (us|ms|s)){5}\n\n", output);
        Assert.Matches("\n[0-9]+ reads became [0-5] queries; [0-9]+ writes became [0-9]+ rows in [0-9]+ batches\\.\n$", output);
    }

    [Fact]
    public async Task Scripts_get_one_line_of_JSON()
    {
        await using var server = await RunningServer.StartAsync();

        var (code, output, errors) = await CommandRun.AsyncOf(
            server.Address,
            [],
            "bench",
            "--duration",
            "200ms",
            "--reads",
            "0",
            "--keys",
            "3",
            "--json"
        );

        Assert.Equal((0, ""), (code, errors));
        var told = JsonDocument.Parse(Assert.Single(output.TrimEnd().Split('\n'))).RootElement;
        Assert.Equal(0, told.GetProperty("reads").GetProperty("count").GetInt64());
        Assert.True(told.GetProperty("writes").GetProperty("perSecond").GetDouble() > 0);
        Assert.InRange(
            told.GetProperty("database").GetProperty("rows").GetInt64(),
            3,
            told.GetProperty("writes").GetProperty("count").GetInt64()
        );
    }

    [Fact]
    public async Task What_the_server_refuses_is_counted_by_name_and_ends_with_3()
    {
        await using var server = await RunningServer.StartAsync("--Remanso:Caches:default:MaxValueBytes", "10");

        var (code, output, _) = await CommandRun.AsyncOf(server.Address, [], "bench", "--duration", "100ms", "--reads", "0");

        Assert.Equal(3, code);
        Assert.Matches("\n[0-9]+ calls failed with body-too-large\\.\n", output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_is_interrupted_tells_what_it_has_measured(bool asJson)
    {
        await using var server = await RunningServer.StartAsync();
        using var end = new CancellationTokenSource();
        var running = CommandRun.EndedAsync(
            server.Address,
            TimeProvider.System,
            [],
            end.Token,
            ["bench", "--duration", "1h", "--reads", "50", "--keys", "10", "--connections", "2", .. asJson ? ["--json"] : (string[])[]]
        );
        await Until.TrueAsync(() => server.RequestsBegun > 100, "calls are under way");
        await end.CancelAsync();

        var (code, output, errors) = await running;

        Assert.Equal((130, ""), (code, errors));
        if (asJson)
        {
            var told = JsonDocument.Parse(output).RootElement;
            Assert.True(told.GetProperty("interrupted").GetBoolean());
            Assert.True(told.GetProperty("reads").GetProperty("count").GetInt64() > 0);
            Assert.False(told.TryGetProperty("database", out _));
        }
        else
        {
            Assert.Matches("\nreads +[0-9]+( +[0-9.]+ (us|ms|s)){5}\nwrites +[0-9]+( +[0-9.]+ (us|ms|s)){5}\n\n", output);
            Assert.Matches("\nInterrupted after [0-9.]+ s: nothing was flushed, so what reached the database is not known\\.\n$", output);
        }
    }

    [Theory]
    [InlineData("--duration must be 100ms to 1h", "--duration", "1ms")]
    [InlineData("--connections must be 1 to 1024", "--connections", "0")]
    [InlineData("--reads must be 0 to 100", "--reads", "101")]
    public async Task Wrong_usage_ends_with_2(string expected, params string[] switches)
    {
        var (code, output, errors) = await CommandRun.AsyncOf(new Uri("http://localhost:1"), [], ["bench", .. switches]);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_option_and_a_server_that_is_away_ends_it_with_4()
    {
        var help = (await CommandRun.AsyncOf(new Uri("http://localhost:1"), [], "bench", "--help")).Output;
        Assert.All(["--duration", "--connections", "--keys", "--value-bytes", "--reads", "--prefix"], option =>
            Assert.Contains(option, help, StringComparison.Ordinal)
        );
        Assert.Equal(4, (await CommandRun.AsyncOf(new Uri("http://127.0.0.1:1"), [], "bench")).Code);
    }

    [Fact]
    public void Percentiles_are_within_two_percent()
    {
        var times = new Latencies();
        for (var i = 1; i <= 10_000; i++)
        {
            times.Add(TimeSpan.FromMicroseconds(i));
        }

        foreach (var part in new[] { 0.5, 0.9, 0.99, 0.999 })
        {
            Assert.InRange(times.At(part).TotalMicroseconds / (10_000 * part), 1, 1.021);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(10), times.At(1));
        var both = new Latencies();
        both.Add(times);
        both.Add(times);
        Assert.Equal((20_000, times.At(0.5)), (both.Count, both.At(0.5)));
    }
}
