using System.Text;
using System.Text.Json;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Server.Commands;
using Remanso.Server.Commands.Remote.Transfer;
using Remanso.Stores;
using Remanso.Testing;
using Spectre.Console;

namespace Remanso.Server.Tests.Commands;

/// <summary><c>export</c> and <c>import</c>, against a server.</summary>
public sealed class TransferTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedStore _store = new();
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await RunningServer.StartAsync(
            _store,
            "--Remanso:Caches:copy:Ttl:Base",
            "5m",
            "--Remanso:Caches:default:MaxValueBytes",
            "1000"
        );

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_exported_can_be_imported_with_types_and_tags_and_bytes()
    {
        await RunAsync([0, 255, 10], "set", "bytes", "--content-type", "image/x");
        await RunAsync("set", "text", "a\nb \"ü\"", "--tag", "t:1", "--tag", "t:2");
        await RunAsync("{\"n\":1.50}"u8.ToArray(), "set", "json", "--content-type", "application/json");
        // Both caches write into one store: what is stored before the copy can't lose to the copy's version.
        Assert.Equal(0, (await RunAsync("flush")).Code);
        await File.WriteAllTextAsync(Keys, "bytes\nnone\r\n\ntext\njson\n");

        var exported = await RunAsync("export", "--keys", Keys, "--file", Lines);
        Assert.Equal((0, "", "3 written, 1 without a value, 0 failed.\n"), exported);
        var lines = await File.ReadAllLinesAsync(Lines);
        Assert.Equal(
            ["bytes", "text", "json"],
            lines.Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("key").GetString())
        );
        Assert.Equal(
            string.Concat(lines.Select(static line => line + "\n")),
            (await RunAsync("text\n"u8.ToArray(), "export", "--keys", "-")).Output is var one
                ? lines[0] + "\n" + one + lines[2] + "\n"
                : null
        );

        Assert.Equal((0, "3 written, 0 bad.\n", ""), await RunAsync("import", Lines, "--cache", "copy", "--durability", "stored"));
        foreach (var key in new[] { "bytes", "text", "json" })
        {
            Assert.Equal(Without(await JsonAsync("get", key, "--json")), Without(await JsonAsync("get", key, "--json", "--cache", "copy")));
        }
    }

    [Fact]
    public async Task An_export_goes_on_where_it_broke_off_and_cuts_half_a_line()
    {
        await File.WriteAllLinesAsync(Keys, Enumerable.Range(0, 50).Select(static n => $"k{n}"));
        await File.WriteAllTextAsync(
            Lines,
            string.Concat(Enumerable.Range(0, 50).Select(static n => $"{{\"key\":\"k{n}\",\"value\":\"{n}\"}}\n"))
        );
        Assert.Equal(0, (await RunAsync("import", Lines)).Code);

        Assert.Equal(0, (await RunAsync("export", "--keys", Keys, "--file", Out)).Code);
        var whole = await File.ReadAllTextAsync(Out);
        await File.WriteAllTextAsync(Out, whole[..(whole.Length / 2)]);
        Assert.Contains(
            "is there: --resume goes on",
            (await RunAsync("export", "--keys", Keys, "--file", Out)).Errors,
            StringComparison.Ordinal
        );

        var resumed = await RunAsync("export", "--keys", Keys, "--file", Out, "--resume", "--json");

        Assert.Equal(0, resumed.Code);
        Assert.Equal(whole, await File.ReadAllTextAsync(Out));
        var sum = JsonDocument.Parse(resumed.Errors).RootElement;
        Assert.Equal(50, sum.GetProperty("written").GetInt32() + sum.GetProperty("leftOut").GetInt32());
        Assert.InRange(sum.GetProperty("leftOut").GetInt32(), 20, 30);
    }

    [Fact]
    public async Task An_export_without_its_last_line_end_loses_nothing()
    {
        await RunAsync("set", "new", "v");
        await File.WriteAllTextAsync(Keys, "new\nold\n");
        await File.WriteAllTextAsync(Out, Line("older") + Line("old").TrimEnd());

        Assert.Equal(
            (0, "", "1 written, 0 without a value, 0 failed, 1 were there.\n"),
            await RunAsync("export", "--keys", Keys, "--file", Out, "--resume")
        );

        var lines = await File.ReadAllLinesAsync(Out);
        Assert.Equal(["older", "old", "new"], lines.Select(static line => EntryLine.Parse(line).Key));
    }

    [Theory]
    [InlineData("{\"key\":\"k\",\"value\":\"v\"}\n\n{\"key\":\"k\"}\n{\"key\":\"l", "line 3: it has no \"value\"")]
    [InlineData("{\"key\":\"k\",\"value\":\"\u00ff\"}\n", "line 1: it is no UTF-8")]
    [InlineData("{\"key\":\"k\",\"value\":\"v\"}\nNotes of mine", "its last line is not the beginning of an entry")]
    [InlineData("notes", "its last line is not the beginning of an entry")]
    [InlineData("\u00ff\u00fe{\0\n\0", "it is UTF-16")]
    public async Task A_file_that_is_damaged_or_another_is_not_gone_on_with_and_keeps_every_byte(string content, string expected)
    {
        await File.WriteAllTextAsync(Keys, "k\n");
        await File.WriteAllTextAsync(Out, content, Encoding.Latin1);

        var (code, _, errors) = await RunAsync("export", "--keys", Keys, "--file", Out, "--resume");

        Assert.Equal(2, code);
        Assert.Contains($"is no export: {expected}", errors, StringComparison.Ordinal);
        Assert.Equal(content, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Out)));
    }

    [Fact]
    public async Task What_only_an_old_copy_tells_is_no_part_of_an_export()
    {
        await using var server = await RunningServer.StartAsync(_store, "--Remanso:Caches:default:Ttl:Grace", "1h");
        foreach (var (key, ttl) in ((string, string)[])[("old", "1ms"), ("fresh", "1h")])
        {
            await CommandRun.AsyncOf(server.Address, [], "set", key, "v", "--ttl", ttl);
        }

        // What is dirty has no TTL to be past, and a writer hears that it is stored a little before it is clean.
        Assert.Equal(0, (await CommandRun.AsyncOf(server.Address, [], "flush")).Code);
        _store.OnLoad = static (_, _) => throw new StoreException("away", isTransient: true);
        await File.WriteAllTextAsync(Keys, "fresh\nold\n");
        // Reads know the time by a tick, which a busy machine makes late.
        await Until.TrueAsync(
            async () =>
            {
                var read = await server.Client.GetAsync("/v1/caches/default/entries/old");
                return read.IsSuccessStatusCode
                    && $"{read.Headers.GetValues("Cache-Status").Single()}".Contains("stale", StringComparison.Ordinal);
            },
            "the copy is past its TTL"
        );

        var (code, output, errors) = await CommandRun.WithoutPausesAsync(server.Address, "export", "--keys", Keys);

        Assert.Equal((3, "fresh"), (code, EntryLine.Parse(output.TrimEnd()).Key));
        Assert.StartsWith("old: ", errors, StringComparison.Ordinal);
        Assert.Contains("store-unavailable", errors, StringComparison.Ordinal);
        Assert.EndsWith("\n1 written, 0 without a value, 1 failed.\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_line_ends_an_import_and_is_named_and_what_came_before_is_written()
    {
        await File.WriteAllTextAsync(Lines, Line("a") + Line("b") + "{\"key\":\"secret\"\n" + Line("c"));

        var (code, output, errors) = await RunAsync("import", Lines);

        Assert.Equal(
            (3, "2 written, 1 bad. Lines before 3 are done: --from-line 3 goes on.\n", "line 3: it is no JSON\n"),
            (code, output, errors)
        );
        Assert.Equal(["0", "0", "1"], await CodesAsync("a", "b", "c"));
        Assert.Equal((0, "1 written, 0 bad.\n", ""), await RunAsync("import", Lines, "--from-line", "4"));
        Assert.Equal(["0", "0", "0"], await CodesAsync("a", "b", "c"));
    }

    [Fact]
    public async Task Going_past_bad_lines_names_each_and_writes_the_others()
    {
        await File.WriteAllTextAsync(
            Lines,
            "[]\n"
                + Line("a")
                + "{\"value\":\"v\"}\n{\"key\":\"k\"}\n{\"key\":\"k\",\"value\":7}\n"
                + "{\"key\":\"k\",\"value\":\"!\",\"encoding\":\"base64\"}\n{\"key\":\"k\",\"value\":\"v\",\"tags\":7}\n"
                + $"{{\"key\":\"long\",\"value\":\"{new string('x', 2000)}\"}}\n{{\"key\":\"\",\"value\":\"v\"}}\n"
                + Line("b")
        );
        string[] why =
        [
            "line 1: it is no JSON object",
            "line 3: it has no text \"key\"",
            "line 4: it has no \"value\"",
            "line 5: its \"value\" is no text",
            "line 6: its \"value\" is no base64",
            "line 7: its \"tags\" are no array of texts",
            "line 8: ",
            "line 9: it has no text \"key\"",
        ];

        var (code, output, errors) = await RunAsync("import", Lines, "--continue");

        Assert.Equal((3, "2 written, 8 bad.\n"), (code, output));
        Assert.Equal(why.Length, errors.TrimEnd().Split('\n').Length);
        Assert.All(why, line => Assert.Contains(line, errors, StringComparison.Ordinal));
        Assert.DoesNotContain("xxx", errors, StringComparison.Ordinal);
        Assert.Equal(["0", "0", "1"], await CodesAsync("a", "b", "k"));

        var check = await RunAsync("import", Lines, "--check");
        Assert.Equal((3, "3 good, 7 bad.\n"), (check.Code, check.Output));
    }

    [Fact]
    public async Task A_line_that_is_no_UTF8_is_named_and_nothing_else_is_put_in_its_place()
    {
        byte[] wrong = [.. "{\"key\":\"w\",\"value\":\"caf"u8, 0xE9, .. "\"}\n"u8];
        await File.WriteAllBytesAsync(Lines, [.. Encoding.UTF8.GetBytes(Line("a")), .. wrong, .. Encoding.UTF8.GetBytes(Line("b"))]);
        await File.WriteAllBytesAsync(Keys, [.. "a\ncaf"u8, 0xE9, .. "\nb"u8]);

        Assert.Equal(
            (3, "1 written, 1 bad. Lines before 2 are done: --from-line 2 goes on.\n", "line 2: it is no UTF-8\n"),
            await RunAsync("import", Lines)
        );
        Assert.Equal((3, "2 written, 1 bad.\n", "line 2: it is no UTF-8\n"), await RunAsync("import", Lines, "--continue"));
        Assert.Equal(["0", "1", "0"], await CodesAsync("a", "w", "b"));
        var (code, output, errors) = await RunAsync("export", "--keys", Keys);
        Assert.Equal((3, 2), (code, output.Count(static c => c == '\n')));
        Assert.Equal("line 2: it is no UTF-8\n2 written, 0 without a value, 1 failed.\n", errors);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task Files_with_a_byte_order_mark_are_read(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        var text = new string('ü', 450);
        var lines = $"{{\"key\":\"ä\",\"value\":\"{text}\"}}\r\n\r\n" + Line("b").TrimEnd();
        await File.WriteAllTextAsync(Lines, lines, encoding);

        Assert.Equal((0, "2 written, 0 bad.\n", ""), await RunAsync("import", Lines));
        Assert.Equal("v", await ValueAsync("b"));
        Assert.Equal(text[..400], (await ValueAsync("ä"))[..400]);
    }

    [Fact]
    public async Task The_last_of_two_lines_of_one_key_wins()
    {
        await File.WriteAllTextAsync(
            Lines,
            string.Concat(Enumerable.Range(0, 200).Select(static n => $"{{\"key\":\"k{n % 3}\",\"value\":\"{n}\"}}\n"))
        );

        Assert.Equal((0, "200 written, 0 bad.\n", ""), await RunAsync("import", Lines));

        Assert.Equal(["198", "199", "197"], [await ValueAsync("k0"), await ValueAsync("k1"), await ValueAsync("k2")]);
    }

    [Fact]
    public async Task A_server_that_goes_away_ends_it_with_the_line_to_go_on_with()
    {
        await File.WriteAllTextAsync(Lines, Line("a"));
        var (code, output, errors) = await CommandRun.AsyncOf(new Uri("http://127.0.0.1:1"), [], "import", Lines);

        Assert.Equal((4, "0 written, 0 bad. Lines before 1 are done: --from-line 1 goes on.\n"), (code, output));
        Assert.StartsWith("remanso: The server can't be reached", errors, StringComparison.Ordinal);
        Assert.Equal(4, (await CommandRun.AsyncOf(new Uri("http://127.0.0.1:1"), "a\n"u8.ToArray(), "export", "--keys", "-")).Code);
    }

    [Theory]
    [InlineData("--keys", "export")]
    [InlineData("--keys none can't be read", "export", "--keys", "none")]
    [InlineData("--resume needs --file", "export", "--keys", "-", "--resume")]
    [InlineData("FILE none can't be read", "import", "none")]
    [InlineData("--from-line must be 1 or more", "import", "-", "--from-line", "0")]
    [InlineData("--durability must be", "import", "-", "--durability", "carved")]
    [InlineData("--ttl must be a time", "import", "-", "--ttl", "abc", "--check")]
    public async Task Wrong_usage_ends_with_2(string expected, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_far_it_is_is_a_line_now_and_then_a_bar_on_a_screen_and_nothing_for_scripts()
    {
        var time = new ManualTimeProvider();
        using StringWriter errors = new() { NewLine = "\n" },
            screen = new();
        var terminal = new Terminal(TextWriter.Null, errors, Stream.Null, Stream.Null, static _ => null);
        var shown = terminal with
        {
            ErrorScreen = AnsiConsole.Create(
                new AnsiConsoleSettings
                {
                    Ansi = AnsiSupport.Yes,
                    Interactive = InteractionSupport.Yes,
                    Out = new AnsiConsoleOutput(screen),
                }
            ),
        };

        Assert.Equal(7, await ProgressReport.RunAsync(terminal, "lines", isQuiet: true, time, WorkAsync));
        Assert.Equal("", errors.ToString());
        Assert.Equal(7, await ProgressReport.RunAsync(terminal, "lines", isQuiet: false, time, WorkAsync));
        Assert.Equal("10 lines\n20 lines, 50 %\n", errors.ToString());
        Assert.Equal(7, await ProgressReport.RunAsync(shown, "lines", isQuiet: false, TimeProvider.System, WorkAsync));
        Assert.Equal("10 lines\n20 lines, 50 %\n", errors.ToString());
        Assert.NotEmpty(screen.ToString());

        Task<int> WorkAsync(Action<long, double> told)
        {
            told(1, 0.1);
            time.Advance(TimeSpan.FromSeconds(10));
            told(10, double.NaN);
            told(11, 0.3);
            time.Advance(TimeSpan.FromSeconds(10));
            told(20, 0.5);
            return Task.FromResult(7);
        }
    }

    private string Keys => _folder.File("keys");

    private string Lines => _folder.File("lines");

    private string Out => _folder.File("out");

    private static string Line(string key) => $"{{\"key\":\"{key}\",\"value\":\"v\",\"contentType\":\"text/plain\"}}\n";

    // A copy has a version of its own.
    private static string Without(JsonElement told) =>
        string.Join(
            '|',
            told.EnumerateObject()
                .Where(static part => part.Name is not ("version" or "dirty" or "outcome"))
                .Select(static part => part.ToString())
        );

    private async Task<string[]> CodesAsync(params string[] keys)
    {
        List<string> codes = [];
        foreach (var key in keys)
        {
            codes.Add((await RunAsync("get", key)).Code.ToString(provider: null));
        }

        return [.. codes];
    }

    private async Task<string> ValueAsync(string key) => (await RunAsync("get", key)).Output;

    private async Task<JsonElement> JsonAsync(params string[] arguments) =>
        JsonDocument.Parse((await RunAsync(arguments)).Output).RootElement;

    private Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => RunAsync([], arguments);

    private Task<(int Code, string Output, string Errors)> RunAsync(byte[] input, params string[] arguments) =>
        CommandRun.AsyncOf(_server.Address, input, arguments);
}
