using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Server.Hosting;

namespace Remanso.Server.Tests.Commands;

/// <summary>The commands that call a server, against one as its users run it.</summary>
public sealed class ClientCommandsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await ServerProcess.StartAsync(_folder.Path, "--Remanso:Caches:other:Ttl:Base", "5m");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_was_set_is_got_byte_for_byte_and_deleted()
    {
        var set = await RunAsync("set", "a/ü b", "Alice", "--tag", "team:7", "--ttl", "5m", "--durability", "stored");
        Assert.Equal((0, ""), (set.Code, set.Errors));
        Assert.Matches("^Version [0-9]+ is stored\\.\n$", set.Output);
        Assert.Equal((0, "Alice", ""), await RunAsync("get", "a/ü b"));
        Assert.Equal((0, "Alice", ""), await RunAsync("get", "a/ü b", "--source", "db"));

        var told = await JsonAsync("get", "a/ü b", "--json");
        Assert.Equal(
            ("Alice", "text/plain; charset=utf-8", "hit"),
            (told.GetProperty("value").GetString(), told.GetProperty("contentType").GetString(), told.GetProperty("outcome").GetString())
        );
        Assert.Equal("team:7", told.GetProperty("tags")[0].GetString());

        var deleted = await JsonAsync(
            "delete",
            "a/ü b",
            "--json",
            "--if-version",
            told.GetProperty("version").GetInt64().ToString(provider: null)
        );
        Assert.Equal("accepted", deleted.GetProperty("durability").GetString());
        Assert.Equal((1, "", "remanso: The key has no value.\n"), await RunAsync("get", "a/ü b"));
        Assert.Equal((1, "{\"key\":\"a/ü b\",\"outcome\":\"absent\",\"value\":null}\n", ""), await RunAsync("get", "a/ü b", "--json"));
    }

    [Fact]
    public async Task What_begins_with_an_at_sign_is_no_file_with_arguments()
    {
        await File.WriteAllTextAsync(_folder.File("arguments"), "other words");

        Assert.Equal(0, (await RunAsync("set", "@k", "@alice")).Code);
        Assert.Equal(0, (await RunAsync("set", "f", "@" + _folder.File("arguments"))).Code);

        Assert.Equal((0, "@alice", ""), await RunAsync("get", "@k"));
        Assert.Equal((0, "@" + _folder.File("arguments"), ""), await RunAsync("get", "f"));
    }

    [Fact]
    public async Task A_watch_ends_when_nobody_reads_it_any_more()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Remanso.Server.dll");
        var start = new ProcessStartInfo(
            "bash",
            ["-c", $"dotnet '{program}' watch --url {_server.Client.BaseAddress} | head -n 1; echo ended ${{PIPESTATUS[0]}}"]
        )
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);

        // It learns that nobody reads when it has something to tell.
        while (!process.HasExited && !patience.IsCancellationRequested)
        {
            await RunAsync("set", "k", "v");
        }

        var ended = process.HasExited;
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(ended, "It still runs.");
        Assert.Matches("^gap +begun\nended 0\n$", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("{ remanso completion bash; echo between; remanso get none; remanso get b; } > out 2>&1")]
    [InlineData("exec > out 2>&1; remanso completion bash; echo between; remanso get none; remanso get b")]
    [InlineData("{ remanso completion bash; echo between; remanso get none; remanso get b; } 2>&1 | cat > out")]
    public async Task What_several_commands_write_to_one_file_stands_there_one_behind_the_other(string script)
    {
        await RunAsync("set", "b", "second");
        var program = Path.Combine(AppContext.BaseDirectory, "Remanso.Server.dll");
        var start = new ProcessStartInfo(
            "bash",
            ["-c", $"remanso() {{ dotnet '{program}' \"$@\"; }}; export REMANSO_URL={_server.Client.BaseAddress}; {script}"]
        )
        {
            WorkingDirectory = _folder.Path,
        };

        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        var completion = (await RunAsync("completion", "bash")).Output;
        Assert.Equal(
            completion + "between\nremanso: The key has no value.\nsecond",
            await File.ReadAllTextAsync(_folder.File("out"), TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task An_import_that_is_ended_while_it_waits_for_lines_says_where_to_go_on()
    {
        var start = ServerProgram.Command(["import", "-", "--url", _server.Client.BaseAddress!.ToString()]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync("{\"key\":\"a\",\"value\":\"v\"}\n{\"key\":\"b\",\"value\":\"v\"}\n");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(async () => (await RunAsync("get", "b")).Code == 0, "both lines are written");

        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(provider: null)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Matches(
            "^[0-2] written, 0 bad\\. Lines before [1-3] are done: --from-line [1-3] goes on\\.\n$",
            await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)
        );
        Assert.NotEqual(0, process.ExitCode);
    }

    [Fact]
    public async Task No_proxy_of_the_environment_hears_what_is_for_this_machine()
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();

        var (code, output, _) = await ServerProcess.RunAsync(
            _folder.Path,
            ["set", "k", "v", "--url", _server.Client.BaseAddress!.ToString()],
            ("http_proxy", $"http://{proxy.LocalEndpoint}"),
            ("REMANSO_API_KEY", "secret")
        );

        Assert.False(proxy.Pending());
        Assert.Equal(0, code);
        Assert.EndsWith(" is accepted.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_no_text_is_named_by_its_line_and_preloaded_as_no_other()
    {
        await File.WriteAllBytesAsync(_folder.File("keys"), [.. "a\ncaf"u8, 0xE9, .. "\nb\n"u8]);

        Assert.Equal(
            (3, "2 keys, 0 found, 2 loaded, 0 failed.\n", "line 2: it is no UTF-8\n"),
            await RunAsync("preload", "--file", _folder.File("keys"))
        );
    }

    [Fact]
    public async Task A_line_that_can_be_no_key_is_named_and_keeps_no_other_from_being_preloaded()
    {
        await File.WriteAllTextAsync(_folder.File("keys"), $"a\n{new string('k', 1100)}\nb\n");

        Assert.Equal(
            (3, "2 keys, 0 found, 2 loaded, 0 failed.\n", "line 2: The key has 1100 bytes of UTF-8; the limit is 1024.\n"),
            await RunAsync("preload", "--file", _folder.File("keys"))
        );
    }

    [Fact]
    public async Task A_file_that_can_not_be_written_is_no_lost_server()
    {
        await File.WriteAllTextAsync(_folder.File("keys"), "k\n");

        var (code, _, errors) = await RunAsync("export", "--keys", _folder.File("keys"), "--file", _folder.File("none/there.jsonl"));

        Assert.DoesNotContain("can't be reached", errors, StringComparison.Ordinal);
        Assert.NotEqual(4, code);
    }

    [Fact]
    public async Task A_value_comes_from_a_file_or_the_input_too()
    {
        byte[] bytes = [0, 255, 10];
        await File.WriteAllBytesAsync(_folder.File("value"), bytes);

        Assert.Equal(0, (await RunAsync("set", "f", "--file", _folder.File("value"))).Code);
        Assert.Equal(0, (await RunAsync(bytes, "set", "i", "--cache", "other")).Code);

        Assert.Equal(Convert.ToBase64String(bytes), (await JsonAsync("get", "f", "--json")).GetProperty("value").GetString());
        Assert.Equal("base64", (await JsonAsync("get", "i", "--json", "--cache", "other")).GetProperty("encoding").GetString());
        Assert.Equal(1, (await RunAsync("get", "i")).Code);
    }

    [Fact]
    public async Task A_counter_counts_and_a_wait_ends_when_the_write_is_stored()
    {
        Assert.Equal((0, "1\n", ""), await RunAsync("increment", "hits", "--lifetime", "1h", "--tag", "t"));
        Assert.Equal((0, "-4\n", ""), await RunAsync("increment", "hits", "--by", "-5"));
        var told = await JsonAsync("increment", "hits", "--by", "10", "--json");
        Assert.Equal((6, "hits"), (told.GetProperty("value").GetInt64(), told.GetProperty("key").GetString()));
        var version = told.GetProperty("version").GetInt64().ToString(provider: null);

        Assert.Equal((0, $"Version {version} is stored.\n", ""), await RunAsync("wait", "hits", version));
        Assert.Equal(
            "stored",
            (await JsonAsync("wait", "hits", version, "--durability", "stored", "--json")).GetProperty("durability").GetString()
        );
        Assert.Equal((0, "6", ""), await RunAsync("get", "hits", "--source", "db"));
        var never = await RunAsync("wait", "hits", "9007199254740000", "--timeout", "20ms");
        Assert.Equal((3, ""), (never.Code, never.Output));
        Assert.Contains("504 durability-not-reached", never.Errors, StringComparison.Ordinal);

        await RunAsync("set", "text", "v");
        Assert.Contains("409 not-a-number", (await RunAsync("increment", "text")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_tells_a_line_for_each_change()
    {
        await RunAsync("set", "k", "1");
        var watch = RunAsync("watch", "k", "--values", "--count", "2");
        var json = RunAsync("watch", "--prefix", "k", "--json", "--count", "2");

        // Whenever the watches begin, a later write is told.
        while (!watch.IsCompleted || !json.IsCompleted)
        {
            await RunAsync("set", "k", "2");
        }

        Assert.Equal(0, (await watch).Code);
        Assert.Matches("^gap              begun\nwritten          k  [0-9]+  2\n$", (await watch).Output);
        var lines = (await json).Output.TrimEnd().Split('\n');
        Assert.Equal(
            ["gap", "written"],
            lines.Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString())
        );
    }

    [Fact]
    public async Task Flush_invalidate_and_preload_say_what_they_did()
    {
        await RunAsync("set", "a", "1");
        Assert.Matches("^Stored [01]\\.\n$", (await RunAsync("flush")).Output);
        Assert.Equal(0, (await JsonAsync("flush", "--json")).GetProperty("stored").GetInt64());
        Assert.Equal((0, "Done.\n", ""), await RunAsync("invalidate", "a", "b"));
        Assert.Equal((0, "Done.\n", ""), await RunAsync("invalidate", "--tag", "t"));
        Assert.Equal((0, "{\"done\":true}\n", ""), await RunAsync("invalidate", "--all", "--json"));
        Assert.Equal((0, "2 keys, 1 found, 2 loaded, 0 failed.\n", ""), await RunAsync("preload", "a", "b"));

        await File.WriteAllLinesAsync(_folder.File("keys"), Enumerable.Range(0, 501).Select(static n => $"k{n}"));
        var loaded = await RunAsync("preload", "--file", _folder.File("keys"));
        Assert.Equal((0, "501 keys, 0 found, 501 loaded, 0 failed.\n", ""), loaded);
        Assert.Equal(
            1,
            JsonDocument
                .Parse((await RunAsync("k1\r\n"u8.ToArray(), "preload", "--file", "-", "--json")).Output)
                .RootElement.GetProperty("keys")
                .GetInt32()
        );
    }

    [Fact]
    public async Task A_refusal_ends_with_3_and_a_server_that_is_not_there_with_4()
    {
        await RunAsync("set", "k", "v");
        var refused = await RunAsync("set", "k", "w", "--if-absent");
        Assert.Equal((3, ""), (refused.Code, refused.Output));
        Assert.Contains("(412 version-conflict)", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("(404 unknown-cache)", (await RunAsync("get", "k", "--cache", "none")).Errors, StringComparison.Ordinal);

        await _server.TerminateAsync();
        var gone = await RunAsync("get", "k");
        Assert.Equal((4, ""), (gone.Code, gone.Output));
        Assert.StartsWith("remanso: The server can't be reached: ", gone.Errors, StringComparison.Ordinal);
        Assert.Equal(4, (await RunAsync("watch")).Code);
    }

    [Fact]
    public async Task Why_an_encrypted_connection_fails_is_told()
    {
        var address = $"https://localhost:{_server.Client.BaseAddress!.Port}";

        foreach (
            var command in (string[][])
                [
                    ["get", "k"],
                    ["top"],
                    ["watch"],
                    ["bench"],
                ]
        )
        {
            var (code, output, errors) = await RunAsync([.. command, "--url", address]);

            Assert.Equal((4, ""), (code, output));
            Assert.Matches("^remanso: The server can't be reached: The SSL connection could not be established: .*frame.*\n$", errors);
        }

        using var told = new StringWriter();
        Assert.Equal(1, await HealthProbe.AskAsync(address, told));
        Assert.Matches("does not answer: The SSL connection could not be established: .*frame", told.ToString());
    }

    [Fact]
    public async Task The_program_runs_the_commands_and_shows_its_key_from_a_file_or_the_environment()
    {
        var (_, made, _) = await ServerProcess.RunAsync(_folder.Path, ["keys", "create", "app", "--scopes", "read,write"]);
        await File.WriteAllTextAsync(_folder.File("my-key"), made);
        await using var closed = await ServerProcess.StartAsync(_folder.Path, "--Remanso:Security:KeyFile", "data/keys.json");
        var url = closed.Client.BaseAddress!.ToString();

        Assert.Equal(0, (await ServerProcess.RunAsync(_folder.Path, ["set", "k", "v", "--url", url, "--key-file", "my-key"])).ExitCode);
        var got = await ServerProcess.RunAsync(_folder.Path, ["get", "k"], ("REMANSO_API_KEY", made.Trim()), ("REMANSO_URL", url));
        Assert.Equal((0, "v", ""), got);
        var nobody = await ServerProcess.RunAsync(_folder.Path, ["get", "k", "--url", url]);
        Assert.Equal((3, ""), (nobody.ExitCode, nobody.Output));
        Assert.Contains("401 unauthenticated", nobody.Errors, StringComparison.Ordinal);
        var forbidden = await ServerProcess.RunAsync(_folder.Path, ["flush", "--url", url, "--key-file", "my-key"]);
        Assert.Equal(3, forbidden.ExitCode);
        Assert.DoesNotContain(made.Trim(), forbidden.Errors, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => RunAsync([], arguments);

    private Task<(int Code, string Output, string Errors)> RunAsync(byte[] input, params string[] arguments) =>
        CommandRun.AsyncOf(_server.Client.BaseAddress!, input, arguments);

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);
        Assert.Equal((0, ""), (code, errors));
        return JsonDocument.Parse(Assert.Single(output.TrimEnd().Split('\n'))).RootElement;
    }
}
