using System.Text.Json;
using Remanso.Client;
using Remanso.Conformance.Servers;
using Remanso.Server.Commands;
using Remanso.Server.Commands.Remote.Top;
using Spectre.Console;

namespace Remanso.Server.Tests.Commands;

/// <summary><c>top</c>.</summary>
public sealed class TopTests
{
    private static readonly Uri _address = new("http://cache.example:8000");
    private static readonly ReadinessAnswer _ready = new(IsReady: true, []);

    [Fact]
    public async Task One_sample_is_told_as_text_and_as_JSON()
    {
        await using var server = await RunningServer.StartAsync("--Remanso:Caches:other:Ttl:Base", "5m");
        var text = CommandRun.AsyncOf(server.Address, [], "top", "--once", "--interval", "500ms");
        var json = CommandRun.AsyncOf(server.Address, [], "top", "--once", "--json", "--interval", "500ms");

        // Whenever they begin, something is read and written while they look.
        while (!text.IsCompleted || !json.IsCompleted)
        {
            await CommandRun.AsyncOf(server.Address, [], "set", "k", "v");
            await CommandRun.AsyncOf(server.Address, [], "get", "k");
        }

        var (code, output, errors) = await text;
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains($"{server.Address.Host}:{server.Address.Port}", output, StringComparison.Ordinal);
        Assert.Matches(@"default +[0-9.k]+ +100\.0% +0", output);
        Assert.Matches(@"other +0 +- +0 +0 +0 +0 +- +0", output);
        var told = JsonDocument.Parse(Assert.Single((await json).Output.TrimEnd().Split('\n'))).RootElement;
        Assert.True(told.GetProperty("ready").GetBoolean());
        Assert.True(told.GetProperty("caches").GetProperty("default").GetProperty("readsPerSecond").GetDouble() > 0);
        Assert.True(told.GetProperty("caches").GetProperty("default").GetProperty("writesPerSecond").GetDouble() > 0);
        Assert.Equal(0, told.GetProperty("caches").GetProperty("other").GetProperty("readsPerSecond").GetDouble());
        Assert.Matches(@"[0-9a-f]{12} \* +alive +all +[^ ]+ +128 of 128 +[0-9.]+s ago", output);
        var process = Assert.Single(told.GetProperty("processes").EnumerateArray());
        Assert.Equal(
            (true, "alive", "all", 128),
            (
                process.GetProperty("this").GetBoolean(),
                process.GetProperty("state").GetString(),
                process.GetProperty("role").GetString(),
                process.GetProperty("partitions").GetInt32()
            )
        );
    }

    [Theory]
    [InlineData(0, "top")]
    [InlineData(130, "top", "--once")]
    [InlineData(0, "watch")]
    [InlineData(130, "watch", "--count", "1000")]
    public async Task Ctrl_C_is_the_end_of_what_has_no_other(int expected, params string[] arguments)
    {
        await using var server = await RunningServer.StartAsync();
        using var end = new CancellationTokenSource();
        string[] all = arguments[0] == "top" ? [.. arguments, "--interval", "1h"] : arguments;
        var running = CommandRun.EndedAsync(server.Address, TimeProvider.System, [], end.Token, all);
        await Until.TrueAsync(() => server.RequestsBegun > 0, "it has asked");
        await end.CancelAsync();

        Assert.Equal(expected, (await running).Code);
    }

    [Fact]
    public void Where_nothing_bounds_a_line_nothing_is_cut()
    {
        var name = new string('n', 64) + "-1";
        var process = new ProcessAnswer
        {
            Id = "0123456789ab",
            This = true,
            State = "alive",
            Role = "a-role-with-a-long-name",
            Version = "10.20.30-preview.4+abcdef",
        };
        using var output = new StringWriter();
        var terminal = new Terminal(output, TextWriter.Null, Stream.Null, Stream.Null, static _ => null);

        TopCommand.Tell(
            terminal,
            new TopSample(
                _address,
                DateTimeOffset.UnixEpoch,
                new ReadinessAnswer(IsReady: false, [new string('x', 200)]),
                [new CacheRates(name, 1, 1, 1, 1, 1, 0, new CacheCounts())],
                [process]
            ),
            json: false
        );

        var text = output.ToString();
        Assert.All([name, new string('x', 200), process.Role, process.Version, process.Id + " *"], part =>
            Assert.Contains(part, text, StringComparison.Ordinal)
        );
        Assert.DoesNotContain("…", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--interval must be 100ms to 1h", "top", "--interval", "1ms")]
    [InlineData("--interval must be a time", "top", "--interval", "often")]
    public async Task Wrong_usage_ends_with_2(string expected, params string[] arguments)
    {
        var (code, output, errors) = await CommandRun.AsyncOf(_address, [], arguments);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_its_options_and_a_server_that_is_away_ends_it_with_4()
    {
        Assert.Contains("--once", (await CommandRun.AsyncOf(_address, [], "top", "--help")).Output, StringComparison.Ordinal);
        Assert.Equal(4, (await CommandRun.AsyncOf(new Uri("http://127.0.0.1:1"), [], "top", "--once")).Code);
    }

    [Fact]
    public void Rates_are_of_the_interval_and_the_hottest_cache_comes_first()
    {
        var before = new Dictionary<string, CacheCounts>
        {
            ["cold"] = Counts(10, 0, 5),
            ["hot"] = Counts(1000, 100, 0),
            ["restarted"] = Counts(900, 90, 90),
        };
        var after = new Dictionary<string, CacheCounts>
        {
            ["cold"] = Counts(10, 0, 5),
            ["hot"] = Counts(2900, 200, 40),
            ["restarted"] = Counts(10, 0, 2),
            ["new"] = Counts(0, 4, 0),
        };

        var rates = CacheRates.Between(before, after, TimeSpan.FromSeconds(2), new HashSet<string>());

        Assert.Equal(["hot", "restarted", "new", "cold"], rates.Select(static cache => cache.Cache));
        Assert.Equal((1000, 0.95, 50, 20), (rates[0].Reads, rates[0].HitRatio, rates[0].Queries, rates[0].Writes));
        Assert.Equal((5, 1, 1), (rates[1].Reads, rates[1].HitRatio, rates[1].Writes));
        Assert.Equal((2, 0), (rates[2].Reads, rates[2].HitRatio));
        Assert.Equal((0, double.NaN), (rates[3].Reads, rates[3].HitRatio));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(200)]
    public void The_screen_fits_into_80_columns_and_24_lines(int caches)
    {
        var counts = new CacheCounts
        {
            Vanished = 12,
            Dirty = new()
            {
                Entries = 1_234_567,
                OldestAgeMs = 35_999_999,
                DeadLetters = 12_345,
            },
        };
        var rates = Enumerable
            .Range(0, caches)
            .Select(n => new CacheRates(
                $"a-cache-with-a-name-that-is-too-long-{n}",
                123_456.7,
                0.99994,
                98_765,
                123_456,
                99_949,
                12,
                counts
            ))
            .ToArray();

        var lines = Drawn(rates, new ReadinessAnswer(IsReady: false, [new string('x', 200)]));

        Assert.InRange(lines.Length, 1, 24);
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains(lines, static line => line.Contains("NOT READY", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("REFUSED", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains($"{TopScreen.Short(12 * caches)} LOST", StringComparison.Ordinal));
        Assert.Contains(lines, static line =>
            line.Contains("123k", StringComparison.Ordinal)
            && line.Contains("1.2M", StringComparison.Ordinal)
            && line.Contains("599m", StringComparison.Ordinal)
        );
        Assert.Equal(caches == 200, lines.Any(static line => line.Contains("and 185 colder", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 200)]
    [InlineData(256, 1)]
    [InlineData(256, 200)]
    public void Processes_have_a_part_of_the_screen_and_the_dead_ones_come_first(int processes, int caches)
    {
        var all = Enumerable
            .Range(0, processes)
            .Select(n => new ProcessAnswer
            {
                Id = $"{n:x12}",
                This = n == 0,
                State = n == processes - 1 ? "dead" : "alive",
                Role = "a-role-with-a-long-name",
                Version = "10.20.30-preview.4+abcdef",
                SilentMs = 599_000,
                Caches = new Dictionary<string, ProcessAnswer.CachePart>
                {
                    ["c"] = new() { Flushes = true, Of = 65_536 },
                },
            })
            .ToArray();

        var lines = Drawn(
            [.. Enumerable.Range(0, caches).Select(static n => new CacheRates($"cache-{n}", 1, 1, 1, 1, 1, 0, new CacheCounts()))],
            processes: all
        );

        Assert.InRange(lines.Length, 1, 24);
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 80));
        var head = Array.FindIndex(lines, static line => line.StartsWith("PROCESS", StringComparison.Ordinal));
        Assert.Contains("DEAD", lines[head + 1], StringComparison.Ordinal);
        Assert.Equal(processes == 256, lines.Any(static line => line.Contains("and 251 more", StringComparison.Ordinal)));
        Assert.Equal(caches == 200, lines.Any(static line => line.Contains("colder", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.25, "0.3")]
    [InlineData(8, "8")]
    [InlineData(9.94, "9.9")]
    [InlineData(12.6, "13")]
    [InlineData(99_949, "99949")]
    [InlineData(99_950, "100k")]
    [InlineData(999_499, "999k")]
    [InlineData(999_500, "1.0M")]
    [InlineData(2_500_000_000d, "2.5G")]
    public void Numbers_are_short(double number, string expected) => Assert.Equal(expected, TopScreen.Short(number));

    [Theory]
    [InlineData(0, "-")]
    [InlineData(250, "0.3s")]
    [InlineData(59_000, "59s")]
    [InlineData(600_000, "10m")]
    [InlineData(36_000_000, "10h")]
    public void Ages_are_short(long milliseconds, string expected) => Assert.Equal(expected, TopScreen.Age(milliseconds));

    private static CacheCounts Counts(long hits, long loaded, long writes) =>
        new()
        {
            Reads = new() { Tier = hits, Store = loaded },
            Loads = new() { Queries = loaded, Keys = loaded },
            Writes = writes,
        };

    private static string[] Drawn(
        IReadOnlyList<CacheRates> rates,
        ReadinessAnswer? readiness = null,
        IReadOnlyList<ProcessAnswer>? processes = null
    )
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
        screen.Write(
            TopScreen.Draw(new TopSample(_address, DateTimeOffset.UnixEpoch, readiness ?? _ready, rates, processes ?? []), height: 24)
        );
        return output.ToString().TrimEnd('\n').Split('\n');
    }
}
