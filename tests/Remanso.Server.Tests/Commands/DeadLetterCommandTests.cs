using Remanso.Conformance.Support;
using Remanso.Server.Commands;
using Remanso.Stores;
using Spectre.Console;

namespace Remanso.Server.Tests.Commands;

/// <summary><c>dead-letters</c>, against a server whose database refuses some keys.</summary>
public sealed class DeadLetterCommandTests : IAsyncLifetime
{
    private readonly ScriptedStore _store = new();
    private RunningServer _server = null!;
    private bool _refuses = true;

    public async ValueTask InitializeAsync()
    {
        _store.BeforeSave = batch =>
            _refuses && batch.Any(static write => write.Key.StartsWith("bad", StringComparison.Ordinal))
                ? throw new StoreException("value too long", isTransient: false) { BlamesRow = true }
                : Task.CompletedTask;

        // Nothing is flushed but by the command; and what the database takes beside them shows that it is the rows it refuses.
        _server = await RunningServer.StartAsync(_store, "--Remanso:Caches:default:Flush:Interval=1h");
        await RunAsync("set", "a", "1");
        await RunAsync("set", "bad/1", "long");
        await RunAsync("set", "bad/2", "long");
        await RunAsync("flush");
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task They_are_listed_and_shown()
    {
        var (code, list, errors) = await RunAsync("dead-letters", "list");
        Assert.Equal((0, ""), (code, errors));
        Assert.Matches("^AT +KEY +BYTES  ERROR\n(20[0-9-]+T[0-9:]+Z  bad/[12] +4  .*value too long.*\n){2}$", list);
        Assert.Contains(
            "There may be more than these 1",
            (await RunAsync("dead-letters", "list", "--max", "1")).Errors,
            StringComparison.Ordinal
        );
        Assert.Single((await RunAsync("dead-letters", "list", "--prefix", "bad/2", "--json")).Output.TrimEnd().Split('\n'));

        var shown = await RunAsync("dead-letters", "show", "bad/1");
        Assert.Matches(
            "^key       bad/1\nat        .*\nversion   [0-9]+\nerror     .*too long.*\nvalue     4 bytes, text/plain; "
                + "charset=utf-8\n\nlong\n$",
            shown.Output
        );
        Assert.Contains("\"value\":\"long\"", (await RunAsync("dead-letters", "show", "bad/1", "--json")).Output, StringComparison.Ordinal);
        Assert.Equal((1, "", "remanso: The key is no dead letter.\n"), await RunAsync("dead-letters", "show", "bad"));
    }

    [Fact]
    public async Task A_long_key_takes_no_room_in_the_lines_of_others()
    {
        await RunAsync("set", "bad/" + new string('k', 900), "long");
        await RunAsync("set", "a", "2");
        await RunAsync("flush");

        var lines = (await RunAsync("dead-letters", "list")).Output.TrimEnd().Split('\n');

        Assert.Equal(4, lines.Length);
        Assert.Single(lines, static line => line.Length > 900);
        Assert.Equal(3, lines.Count(static line => line.Length < 120));
    }

    [Fact]
    public async Task A_refused_value_that_is_no_text_is_not_shown_as_one_and_no_text_steers_a_screen()
    {
        await CommandRun.AsyncOf(_server.Address, [0xFF, 0x00, 0x1B], "set", "bad/bytes");
        await RunAsync("set", "a", "2");
        await RunAsync("set", "bad/text", "a\u001b[2J\n\u00fc");
        await RunAsync("flush");

        var bytes = (await RunAsync("dead-letters", "show", "bad/bytes")).Output;
        Assert.EndsWith(
            "\n\n3 bytes that are no text: --json has them in base64, and get --source cache as they are\n",
            bytes,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain('\ufffd', bytes);
        Assert.DoesNotContain('\u001b', bytes);
        Assert.Contains(
            "\"value\":\"/wAb\",\"encoding\":\"base64\"",
            (await RunAsync("dead-letters", "show", "bad/bytes", "--json")).Output,
            StringComparison.Ordinal
        );
        Assert.EndsWith("\n\na\u001b[2J\n\u00fc\n", (await RunAsync("dead-letters", "show", "bad/text")).Output, StringComparison.Ordinal);

        using StringWriter output = new() { NewLine = "\n" };
        var screen = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) });
        var terminal = new Terminal(output, TextWriter.Null, Stream.Null, Stream.Null, _ => null) { Screen = screen };
        await new ClientCommands(terminal).RunAsync(
            ["dead-letters", "show", "bad/text", "--url", _server.Address.ToString()],
            TestContext.Current.CancellationToken
        );
        Assert.EndsWith("\n\na [2J\n\u00fc\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_are_corrected_replayed_and_dropped()
    {
        _refuses = false;

        Assert.Equal(0, (await RunAsync("dead-letters", "correct", "bad/1", "short", "--durability", "stored")).Code);
        Assert.Equal("short", _store.Text("bad/1"));
        Assert.Equal(1, (await RunAsync("dead-letters", "correct", "bad/1", "short")).Code);
        Assert.Equal((1, "0 dropped.\n", ""), await RunAsync("dead-letters", "drop", "bad/1"));
        Assert.Equal((0, "0 replayed.\n", ""), await RunAsync("dead-letters", "replay", "--error", "deadlock"));
        Assert.Equal(
            (0, "{\"replayed\":1}\n", ""),
            await RunAsync("dead-letters", "replay", "--older-than", "0", "--prefix", "bad", "--json")
        );
        Assert.Equal((0, "0 dropped.\n", ""), await RunAsync("dead-letters", "drop", "--all"));
    }

    [Fact]
    public async Task A_flush_that_the_database_refuses_in_part_ends_with_3()
    {
        Assert.Equal((0, "2 replayed.\n", ""), await RunAsync("dead-letters", "replay", "--all"));
        await RunAsync("set", "a", "2");

        var flushed = await RunAsync("flush");

        Assert.Equal((3, "Stored 1.\n"), (flushed.Code, flushed.Output));
        Assert.Matches("^(bad/[12]: .*value too long.*\n){2}$", flushed.Errors);
        Assert.Equal("2", _store.Text("a"));
    }

    [Fact]
    public async Task A_flush_tells_of_those_that_waited_before_it()
    {
        await RunAsync("set", "a", "2");

        Assert.Equal(
            (0, "Stored 1.\n", "2 dead letters wait beside that, and are in no database: see remanso dead-letters list.\n"),
            await RunAsync("flush")
        );
        Assert.Equal((0, "{\"stored\":0,\"failed\":[],\"deadLetters\":2}\n", ""), await RunAsync("flush", "--json"));

        // What is refused now is named, and not counted as well.
        await RunAsync("set", "a", "3");
        await RunAsync("set", "bad/3", "long");
        var (code, _, errors) = await RunAsync("flush");
        Assert.Equal(3, code);
        Assert.Matches("^bad/3: .*\n2 dead letters wait", errors);

        await RunAsync("dead-letters", "drop", "bad/1", "bad/3");
        Assert.StartsWith(
            "1 dead letter waits beside that, and is in no database",
            (await RunAsync("flush")).Errors,
            StringComparison.Ordinal
        );
        await RunAsync("dead-letters", "drop", "--all");
        Assert.Equal((0, "Stored 0.\n", ""), await RunAsync("flush"));
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) =>
        CommandRun.AsyncOf(_server.Address, [], arguments);
}
