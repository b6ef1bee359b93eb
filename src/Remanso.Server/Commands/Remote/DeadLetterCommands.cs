using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote;

/// <summary><c>dead-letters list|show|correct|replay|drop</c>.</summary>
internal static class DeadLetterCommands
{
    private const int Most = 10_000;
    private const int WidestKey = 40;

    public static Command Create(Terminal terminal, CommonOptions common) =>
        new("dead-letters", "Lists, shows, corrects, replays and drops what the database refused for good")
        {
            List(terminal, common),
            Show(terminal, common),
            Correct(terminal, common),
            Move(
                terminal,
                common,
                "replay",
                "replayed",
                "Queues dead letters again, with their current values",
                static (letters, keys, token) => letters.ReplayAsync(keys, token),
                static (letters, query, token) => letters.ReplayAsync(query, token)
            ),
            Move(
                terminal,
                common,
                "drop",
                "dropped",
                "Gives dead letters up: the refused values are lost",
                static (letters, keys, token) => letters.DropAsync(keys, token),
                static (letters, query, token) => letters.DropAsync(query, token)
            ),
        };

    private static Command List(Terminal terminal, CommonOptions common)
    {
        var choice = new DeadLetterChoice();
        var max = Numbers.Whole("--max", "How many at most, 1 to 10000", 100, 1, Most);
        var command = new Command("list", "Lists them, oldest first") { max };
        choice.AddTo(command);
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var limit = arguments.GetValue(max);
                    var letters = await cache.DeadLetters.ListAsync(choice.Read(arguments), limit, cancellationToken);
                    if (common.WantsJson(arguments))
                    {
                        foreach (var letter in letters)
                        {
                            terminal.Output.WriteLine(JsonLine.Of(line => Write(line, letter)));
                        }

                        return ExitCode.Done;
                    }

                    // A longer key takes what it needs in its own line, and no room in the others.
                    var width = Math.Clamp(letters.Select(static letter => letter.Key.Length).DefaultIfEmpty().Max(), 3, WidestKey);
                    terminal.Output.WriteLine($"{"AT".PadRight(20)}  {"KEY".PadRight(width)}  {"BYTES".PadLeft(8)}  ERROR");
                    foreach (var letter in letters)
                    {
                        terminal.Output.WriteLine(
                            $"{At(letter).PadRight(20)}  {letter.Key.PadRight(width)}  "
                                + $"{letter.Bytes.ToString(CultureInfo.InvariantCulture).PadLeft(8)}  "
                                + $"{Terminal.OneLine(letter.Error)}"
                        );
                    }

                    if (letters.Count == limit)
                    {
                        terminal.Errors.WriteLine($"There may be more than these {limit}; see --max.");
                    }

                    return ExitCode.Done;
                }));
        return command;
    }

    private static Command Show(Terminal terminal, CommonOptions common)
    {
        var key = new Argument<string>("KEY") { Description = "The key" };
        var command = new Command("show", "Shows one and the value that was refused") { key };
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var name = arguments.GetRequiredValue(key);
                    if (await cache.DeadLetters.FindAsync(name, cancellationToken) is not { } letter)
                    {
                        return terminal.Fail(ExitCode.NotFound, "The key is no dead letter.");
                    }

                    var value = await cache.GetAsync(name, new EntryReadOptions { Source = EntrySource.Cache }, cancellationToken);
                    if (common.WantsJson(arguments))
                    {
                        terminal.Output.WriteLine(
                            JsonLine.Of(line =>
                            {
                                Write(line, letter);
                                if (value.Found)
                                {
                                    line.WriteValue(value.Value.Span);
                                }
                            })
                        );
                        return ExitCode.Done;
                    }

                    terminal.Output.WriteLine($"key       {letter.Key}");
                    terminal.Output.WriteLine($"at        {At(letter)}");
                    terminal.Output.WriteLine($"version   {letter.Version}");
                    terminal.Output.WriteLine($"error     {Terminal.OneLine(letter.Error)}");
                    terminal.Output.WriteLine(
                        $"value     {(letter.Deleted ? "a deletion" : $"{letter.Bytes} bytes, {letter.ContentType ?? "no media type"}")}"
                    );
                    if (value.Found)
                    {
                        terminal.Output.WriteLine();
                        terminal.Output.WriteLine(TextOf(value, terminal.Screen is not null));
                    }

                    return ExitCode.Done;
                }));
        return command;
    }

    private static Command Correct(Terminal terminal, CommonOptions common)
    {
        var key = new Argument<string>("KEY") { Description = "The key" };
        var value = new ValueInput();
        var switches = new WriteSwitches();
        var command = new Command("correct", "Puts a value in the place of the refused one, and queues it") { key };
        value.AddTo(command);
        switches.AddTo(command, hasValue: true);
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var name = arguments.GetRequiredValue(key);
                    var bytes = await value.ReadAsync(arguments, terminal, cancellationToken);
                    var answer = await cache.DeadLetters.CorrectAsync(
                        name,
                        bytes,
                        switches.Read(arguments, isRepeatable: false),
                        cancellationToken
                    );
                    return WriteSwitches.Tell(terminal, common.WantsJson(arguments), name, answer);
                }));
        return command;
    }

    private static Command Move(
        Terminal terminal,
        CommonOptions common,
        string name,
        string done,
        string description,
        Func<DeadLetterClient, string[], CancellationToken, Task<int>> byKeys,
        Func<DeadLetterClient, DeadLetterQuery, CancellationToken, Task<int>> byQuery
    )
    {
        var keys = new Argument<string[]>("KEY") { Description = "The keys", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All of them" };
        var choice = new DeadLetterChoice();
        var command = new Command(name, description) { keys, all };
        choice.AddTo(command);
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var (names, query) = (arguments.GetValue(keys) ?? [], choice.Read(arguments));
                    var ways = (names.Length > 0 ? 1 : 0) + (arguments.GetValue(all) ? 1 : 0) + (query is null ? 0 : 1);
                    if (ways != 1)
                    {
                        throw new UsageException($"{name} takes KEYs, --all, or one or more of --error, --prefix and --older-than");
                    }

                    var count =
                        names.Length > 0
                            ? await byKeys(cache.DeadLetters, names, cancellationToken)
                            : await byQuery(cache.DeadLetters, query ?? DeadLetterQuery.All, cancellationToken);
                    terminal.Output.WriteLine(
                        common.WantsJson(arguments) ? JsonLine.Of(line => line.WriteNumber(done, count)) : $"{count} {done}."
                    );

                    // Keys that are named are expected to be there.
                    return names.Length > 0 && count == 0 ? ExitCode.NotFound : ExitCode.Done;
                }));
        return command;
    }

    // What is no text would be another value in its place, and a text may steer the screen that it comes to.
    private static string TextOf(EntryAnswer value, bool isForScreen) =>
        !Utf8.IsValid(value.Value.Span)
            ? $"{value.Value.Length} bytes that are no text: --json has them in base64, and get --source cache as they are"
        : isForScreen ? string.Join('\n', value.GetText().Split('\n').Select(Terminal.OneLine))
        : value.GetText();

    private static string At(DeadLetterAnswer letter) =>
        letter.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static void Write(Utf8JsonWriter line, DeadLetterAnswer letter)
    {
        line.WriteString("key"u8, letter.Key);
        line.WriteNumber("version"u8, letter.Version);
        line.WriteString("error"u8, letter.Error);
        line.WriteString("at"u8, letter.At.UtcDateTime);
        line.WriteBoolean("deleted"u8, letter.Deleted);
        line.WriteString("contentType"u8, letter.ContentType);
        line.WriteNumber("bytes"u8, letter.Bytes);
    }
}
