using System.Text.Json;
using Remanso.Server.Commands;
using Spectre.Console;

namespace Remanso.Server.Tests.Commands.Plan;

/// <summary>What <c>plan</c> reads, tells and refuses.</summary>
public sealed class PlanCommandTests : IDisposable
{
    // A key read once a second and written once a second, for a minute.
    private static readonly string _steady = string.Concat(
        Enumerable.Range(0, 60).Select(static second => $"{second},k,read,100\n{second}.1,k,write,100\n")
    );

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task People_get_tables_of_80_columns_with_a_star_at_the_base_and_what_follows_from_them()
    {
        var (code, output, errors) = await PlanRun.OfInputAsync(_steady, "-");

        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith(
            "60 reads and 60 writes of 1 key in 59.1 s; all keys with their values take 420\nbytes.\n",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains("\nWithout a cache: 60 queries, which take the database 120 ms, and 60 rows.\n", output, StringComparison.Ordinal);
        Assert.Matches(
            @"\n SIZE +HIT RATIO +WARM +QUERIES +SAVED +DB TIME\n 4 MiB +98\.3 % +100\.0 % +1 +98\.3 % +2 ms\n\*256 MiB +98\.3 % ",
            output
        );
        Assert.Matches(@"\n TTL +HIT RATIO .*\n 30s .*\n\*5m .*\n 30m ", output);
        Assert.Matches(
            @"\n FLUSH EVERY +ROWS +SAVED +PEAK DIRTY +LAG 99 % +LONGEST +AT RISK\n\*250ms +60 +0\.0 % +101 bytes .* 1\n 1s .*\n 5s +1[0-9] ",
            output
        );
        Assert.Matches(@"\n WORKERS +ROWS .*\n\*1 .*\n 2 ", output);
        Assert.Contains(
            "\nSize: 4 MiB is enough, with 98.3 % hits; more memory brings less than a point.\n",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains("\nTTL: these calls end before a TTL of 5m does", output, StringComparison.Ordinal);
        Assert.Contains("\nFlush: every 5s writes 1", output, StringComparison.Ordinal);
        Assert.Contains("\nWorkers: one keeps up; a second one would be a spare.\n", output, StringComparison.Ordinal);
        Assert.All(output.Split('\n'), static line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public async Task A_screen_gets_the_same_within_80_columns()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var screen = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(output),
            }
        );
        screen.Profile.Width = 80;
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(_steady));
        var terminal = new Terminal(output, TextWriter.Null, Stream.Null, input, static _ => null) { Screen = screen };

        Assert.Equal(0, await new ClientCommands(terminal).RunAsync(["plan", "-"], TestContext.Current.CancellationToken));

        var text = output.ToString();
        Assert.All(text.Split('\n'), static line => Assert.InRange(line.Length, 0, 80));
        Assert.Matches(@"\n\*256 MiB +98\.3 % +100\.0 % +1 +98\.3 % +2 ms *\n", text);
        Assert.Contains("Workers: one keeps up; a second one would be a spare.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_get_one_document_with_every_figure()
    {
        var (code, output, errors) = await PlanRun.OfInputAsync(
            _steady,
            "-",
            "--json",
            "--ttls",
            "1m",
            "--flush-intervals",
            "10s,1s",
            "--sizes",
            "1MiB"
        );

        Assert.Equal((0, ""), (code, errors));
        var plan = JsonDocument.Parse(Assert.Single(output.TrimEnd().Split('\n'))).RootElement;
        Assert.Equal(
            """{"reads":60,"writes":60,"deletes":0,"keys":1,"bytes":420,"durationMs":59100,"sorted":0,"badLines":0}""",
            plan.GetProperty("calls").GetRawText()
        );
        Assert.Equal("""{"queries":60,"queryTimeMs":120,"rows":60}""", plan.GetProperty("withoutCache").GetRawText());
        var basis = plan.GetProperty("base");
        Assert.Equal(
            (1048576, 60000, 10000, 1),
            (
                basis.GetProperty("sizeBytes").GetInt64(),
                basis.GetProperty("ttlMs").GetInt64(),
                basis.GetProperty("flushIntervalMs").GetInt64(),
                basis.GetProperty("workers").GetInt32()
            )
        );
        Assert.Equal(59.0 / 60, basis.GetProperty("hitRatio").GetDouble(), 9);
        Assert.Equal(1, basis.GetProperty("loads").GetProperty("queries").GetInt64());
        var writes = basis.GetProperty("writes");
        Assert.Equal((60, 0), (writes.GetProperty("accepted").GetInt64(), writes.GetProperty("refused").GetInt64()));
        Assert.InRange(writes.GetProperty("rows").GetInt64(), 6, 7);
        Assert.Equal((101, 1), (writes.GetProperty("peakDirtyBytes").GetInt64(), writes.GetProperty("peakDirtyEntries").GetInt64()));
        Assert.InRange(writes.GetProperty("lagLongestMs").GetDouble(), 9000, 10100);
        Assert.Equal(
            [1000, 10000],
            plan.GetProperty("flushIntervals").EnumerateArray().Select(static run => run.GetProperty("flushIntervalMs").GetInt64())
        );
        Assert.Equal(2, plan.GetProperty("twoWorkers").GetProperty("workers").GetInt32());
        Assert.False(plan.GetProperty("flushIntervals")[0].TryGetProperty("reads", out _));
        Assert.Equal(4, plan.GetProperty("advice").GetArrayLength());
    }

    [Theory]
    [InlineData("time,key,op,bytes,cost\n1.5,\"a,\"\"b\"\"\",get,10,3\n2.5,\"a,\"\"b\"\"\",set,20,\n")]
    [InlineData(
        "op,cost,key,note,time,bytes\r\nr,3,\"a,\"\"b\"\"\",x,2026-11-28T10:00:01.5Z,10\r\nW,,\"a,\"\"b\"\"\",,2026-11-28 10:00:02.5,20"
    )]
    [InlineData(
        "{\"time\":1764324001500,\"key\":\"a,\\\"b\\\"\",\"op\":\"read\",\"bytes\":10,\"cost\":3,\"more\":{\"x\":[1]}}\n\n{\"op\":\"write\",\"key\":\"a,\\\"b\\\"\",\"time\":\"2025-11-28T10:00:02.500+00:00\",\"bytes\":20,\"cost\":null}\n"
    )]
    [InlineData("\uFEFF# a remark\n1764324001500000,\"a,\"\"b\"\"\",read,10,3\n1764324002500000000, \"a,\"\"b\"\"\" , write , 20\n")]
    public async Task A_log_is_CSV_with_or_without_a_header_or_JSON_with_times_as_numbers_or_dates(string log)
    {
        var (code, output, errors) = await PlanRun.OfInputAsync(log, "-", "--json");

        Assert.Equal((0, ""), (code, errors));
        var plan = JsonDocument.Parse(output).RootElement;
        // 318 bytes of book-keeping, 5 characters, 20 bytes.
        Assert.Equal(
            """{"reads":1,"writes":1,"deletes":0,"keys":1,"bytes":348,"durationMs":1000,"sorted":0,"badLines":0}""",
            plan.GetProperty("calls").GetRawText()
        );
        Assert.Equal(3, plan.GetProperty("withoutCache").GetProperty("queryTimeMs").GetDouble());
    }

    [Fact]
    public async Task Bad_lines_are_named_up_to_ten_and_counted_and_never_quoted()
    {
        string[] bad =
        [
            "yesterday,secret,read,1",
            ",secret,read,1",
            "1,,read,1",
            "1,secret,peek,1",
            "1,secret",
            "1,secret,read,-1",
            "1,secret,read,x",
            "1,secret,read,1,-3",
            "1,\"secret,read",
            "-1,secret,read",
            "1,secret\u0001,read",
            "1,secret,read,1e3",
        ];
        var log =
            string.Concat(Enumerable.Range(0, 2000).Select(static i => $"{i},k,read,1\n"))
            + string.Join('\n', bad)
            + "\n"
            + new string('x', 100_000)
            + "\n3000,k,read";

        var (code, output, errors) = await PlanRun.OfInputAsync(log, "-", "--json");

        Assert.Equal(0, code);
        var calls = JsonDocument.Parse(output).RootElement.GetProperty("calls");
        Assert.Equal((2001, 13), (calls.GetProperty("reads").GetInt32(), calls.GetProperty("badLines").GetInt32()));
        Assert.Equal(
            [
                "remanso: line 2001: time: neither a number nor a date",
                "remanso: line 2002: time: it is missing",
                "remanso: line 2003: key: it is missing",
                "remanso: line 2004: op: read, absent, write or delete",
                "remanso: line 2005: op: it is missing",
                "remanso: line 2006: bytes: a whole number, 0 to 536870912",
                "remanso: line 2007: bytes: a whole number, 0 to 536870912",
                "remanso: line 2008: cost: milliseconds, 0 to 600000",
                "remanso: line 2009: a quotation mark that does not end",
                "remanso: line 2010: time: a number from 0, or a date",
                "remanso: 3 more lines can't be read",
            ],
            errors.TrimEnd().Split('\n')
        );
    }

    [Theory]
    [InlineData(
        "{\"time\":1,\"key\":\"k\",\"op\":\"read\"}\nnonsense\n",
        "1 of 2 lines can't be read, more than one in a hundred, so nothing is planned; the first is line 2: no JSON object"
    )]
    [InlineData(
        "{\"time\":1,\"key\":\"k\",\"op\":\"read\"}\n{\"time\":1,\"key\":7,\"op\":\"read\"}\n",
        "the first is line 2: key: a string"
    )]
    [InlineData("{\"time\":1,\"key\":\"k\",\"op\":\"read\"}\n{\"time\":1,\"op\":\"read\"}\n", "the first is line 2: key: it is missing")]
    [InlineData(
        "{\"time\":1,\"key\":\"k\",\"op\":\"read\"}\n{\"key\":\"k\",\"op\":\"read\"}\n",
        "the first is line 2: time: it is missing"
    )]
    [InlineData(
        "{\"time\":1,\"key\":\"k\",\"op\":\"read\"}\n{\"time\":1,\"key\":\"k\",\"op\":\"read\"} x\n",
        "the first is line 2: no JSON object"
    )]
    [InlineData(
        "{\"time\":1,\"key\":\"k\",\"op\":\"read\"}\n{\"time\":1,\"key\":\"k\",\"op\":[1]}\n",
        "the first is line 2: op: read, absent, write or delete"
    )]
    [InlineData("", "The log has no calls")]
    [InlineData("key,time,bytes\nk,1,2\n", "The log's header has no column op; time, key and op are needed, bytes and cost are not")]
    public async Task A_log_that_says_too_little_ends_with_2_and_no_plan(string log, string expected)
    {
        var (code, output, errors) = await PlanRun.OfInputAsync(log, "-");

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_out_of_their_order_are_sorted_and_that_is_told()
    {
        var (_, output, _) = await PlanRun.OfInputAsync("3,k,read,9\n1,k,read,9\n2,k,read,9\n", "-");

        Assert.Contains("\n2 calls were out of their order, and were sorted by time.\n", output, StringComparison.Ordinal);
        Assert.StartsWith("3 reads and 0 writes of 1 key in 2.0 s;", output, StringComparison.Ordinal);
        Assert.DoesNotContain("WORKERS", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_of_one_key_within_its_query_are_one_query()
    {
        var log = string.Concat(Enumerable.Range(0, 50).Select(static i => $"{i / 1000.0},k,read,10,100\n"));

        var (_, output, _) = await PlanRun.OfInputAsync(log, "-", "--json", "--ttls", "5m");

        var basis = JsonDocument.Parse(output).RootElement.GetProperty("base");
        Assert.Equal("""{"near":0,"tier":0,"store":50,"absent":0,"stale":0,"joined":49}""", basis.GetProperty("reads").GetRawText());
        Assert.Equal(
            (1, 100, 100),
            (
                basis.GetProperty("loads").GetProperty("queries").GetInt32(),
                basis.GetProperty("loads").GetProperty("queryTimeMs").GetDouble(),
                basis.GetProperty("loads").GetProperty("longestMs").GetDouble()
            )
        );
        Assert.Equal(0.98, basis.GetProperty("hitRatio").GetDouble(), 9);
    }

    [Fact]
    public async Task A_second_process_does_not_load_what_the_first_one_loads()
    {
        var log = string.Concat(Enumerable.Range(0, 50).Select(static i => $"{i / 1000.0},k,read,10,100\n"));

        var (_, output, _) = await PlanRun.OfInputAsync(log, "-", "--json");

        var loads = JsonDocument.Parse(output).RootElement.GetProperty("twoWorkers").GetProperty("loads");
        Assert.Equal((1, 1), (loads.GetProperty("queries").GetInt32(), loads.GetProperty("keys").GetInt32()));
    }

    [Fact]
    public async Task Near_caches_answer_less_where_there_are_two_of_them()
    {
        string[] load =
        [
            "--reads",
            "500",
            "--writes",
            "50",
            "--keys",
            "2000",
            "--duration",
            "20s",
            "--near",
            "1MiB",
            "--sizes",
            "256MiB",
            "--ttls",
            "5m",
            "--flush-intervals",
            "250ms",
        ];
        var plan = JsonDocument.Parse((await PlanRun.OfAsync([.. load, "--json"])).Output).RootElement;
        var (one, two) = (Near("base"), Near("twoWorkers"));

        Assert.InRange(two / one, 0.5, 0.95);
        Assert.InRange(one, 0.4, 1);
        Assert.Matches(
            @"\nA near cache of 1 MiB answers [0-9.]+ % of the reads without the tier; in each of\ntwo processes, [0-9.]+ %\.\n",
            (await PlanRun.OfAsync(load)).Output
        );

        double Near(string run) =>
            plan.GetProperty(run).GetProperty("reads").GetProperty("near").GetDouble()
            / plan.GetProperty("calls").GetProperty("reads").GetDouble();
    }

    [Fact]
    public async Task A_stale_copy_is_the_answer_where_the_query_is_slower_than_the_soft_time_out()
    {
        var (_, output, _) = await PlanRun.OfInputAsync(
            "0,k,read,10,1500\n10,k,read,10,1500\n10.4,k,read,10,1500\n11.2,k,read,10,1500\n12,k,read,10,1500\n",
            "-",
            "--json",
            "--ttls",
            "2s"
        );

        var reads = JsonDocument.Parse(output).RootElement.GetProperty("base").GetProperty("reads");
        Assert.Equal(
            (1, 3, 1),
            (reads.GetProperty("store").GetInt32(), reads.GetProperty("stale").GetInt32(), reads.GetProperty("tier").GetInt32())
        );
    }

    [Fact]
    public async Task Two_workers_store_twice_as_fast_where_batches_are_slow_and_no_faster_where_the_database_is_the_limit()
    {
        string[] load =
        [
            "--writes",
            "3000",
            "--skew",
            "0",
            "--keys",
            "200000",
            "--duration",
            "5s",
            "--json",
            "--sizes",
            "256MiB",
            "--ttls",
            "5m",
            "--flush-intervals",
            "250ms",
        ];
        var slow = JsonDocument.Parse((await PlanRun.OfAsync([.. load, "--commit-time", "1s", "--batch-time", "2s"])).Output).RootElement;
        var full = JsonDocument.Parse((await PlanRun.OfAsync([.. load, "--rows-per-second", "1500"])).Output).RootElement;

        Assert.InRange(Longest(slow, "twoWorkers") / Longest(slow, "base"), 0.3, 0.75);
        Assert.InRange(Longest(full, "twoWorkers") / Longest(full, "base"), 0.85, 1.15);
        Assert.Matches("^Workers: two store within .* what one stores within ", Workers(slow));
        Assert.EndsWith("a second one brings little: the database is the limit.", Workers(full), StringComparison.Ordinal);

        static double Longest(JsonElement plan, string run) =>
            plan.GetProperty(run).GetProperty("writes").GetProperty("lagLongestMs").GetDouble();
        static string Workers(JsonElement plan) => plan.GetProperty("advice").EnumerateArray().Last().GetString()!;
    }

    [Fact]
    public async Task Writes_that_find_no_room_are_counted_as_refused_and_advised_upon()
    {
        var (_, output, _) = await PlanRun.OfAsync(
            "--writes",
            "2000",
            "--value-bytes",
            "1000",
            "--skew",
            "0",
            "--duration",
            "2s",
            "--sizes",
            "256KiB",
            "--flush-intervals",
            "1h"
        );

        Assert.Matches("\nRoom: [0-9,]+ writes were refused, for what is dirty may take half of the size\\.", output);
    }

    [Fact]
    public async Task The_same_seed_draws_the_same_load_and_keys_are_called_by_Zipfs_law()
    {
        string[] load = ["--reads", "900", "--writes", "100", "--keys", "1000", "--duration", "10s", "--json"];
        var one = JsonDocument.Parse((await PlanRun.OfAsync(load)).Output).RootElement;
        var again = JsonDocument.Parse((await PlanRun.OfAsync(load)).Output).RootElement;
        var other = JsonDocument.Parse((await PlanRun.OfAsync([.. load, "--seed", "2"])).Output).RootElement;

        Assert.Equal(one.GetProperty("calls").GetRawText(), again.GetProperty("calls").GetRawText());
        Assert.NotEqual(one.GetProperty("calls").GetRawText(), other.GetProperty("calls").GetRawText());
        Assert.InRange(one.GetProperty("calls").GetProperty("reads").GetInt32(), 8500, 9500);
        Assert.InRange(one.GetProperty("base").GetProperty("hitRatio").GetDouble(), 0.85, 0.95);
    }

    [Theory]
    [InlineData("what to plan for? A LOG, or a load described by --reads and --writes")]
    [InlineData("either a LOG, or a load described by --reads and --writes: not both", "x.csv", "--reads", "1")]
    [InlineData("no-such-file can't be read", "no-such-file")]
    [InlineData("--sizes takes sizes such as 64MiB,1GiB, from 64KiB", "--reads", "1", "--sizes", "1KiB")]
    [InlineData("--sizes takes sizes such as 64MiB,1GiB, from 64KiB", "--reads", "1", "--sizes", "many")]
    [InlineData("--ttls must be a time such as", "--reads", "1", "--ttls", "5x")]
    [InlineData("--flush-intervals takes times from 1ms to 1h", "--reads", "1", "--flush-intervals", "2h")]
    [InlineData("--ttls takes 8 values at most", "--reads", "1", "--ttls", "1,2,3,4,5,6,7,8,9")]
    [InlineData("--near takes one size", "--reads", "1", "--near", "1MiB,2MiB")]
    [InlineData("--query-time must be 0 to 10m", "--reads", "1", "--query-time", "11m")]
    [InlineData("--batch-time must not be below --commit-time", "--reads", "1", "--batch-time", "1ms")]
    [InlineData("--duration must be 1s to 30d", "--reads", "1", "--duration", "0")]
    [InlineData("--skew must be 0 to 5", "--reads", "1", "--skew", "9")]
    [InlineData("make --duration shorter", "--reads", "1000000", "--duration", "1h")]
    public async Task Wrong_usage_ends_with_2(string expected, params string[] switches)
    {
        var (code, output, errors) = await PlanRun.OfAsync(switches);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_may_be_a_file_and_help_names_every_option()
    {
        await File.WriteAllTextAsync(_folder.File("log.csv"), _steady, TestContext.Current.CancellationToken);
        Assert.Equal(0, (await PlanRun.OfAsync(_folder.File("log.csv"))).Code);
        var (code, help, _) = await PlanRun.OfAsync("--help");
        Assert.Equal(0, code);
        string[] options =
        [
            "LOG",
            "--keys",
            "--reads",
            "--writes",
            "--skew",
            "--value-bytes",
            "--duration",
            "--seed",
            "--sizes",
            "--ttls",
            "--flush-intervals",
            "--near",
            "--query-time",
            "--commit-time",
            "--batch-time",
            "--rows-per-second",
            "--json",
        ];
        Assert.All(options, option => Assert.Contains(option, help, StringComparison.Ordinal));
    }
}
