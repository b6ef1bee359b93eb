using System.CommandLine;
using Remanso.Client;
using Remanso.Entries;
using Remanso.Server.Commands.Remote.Transfer;

namespace Remanso.Server.Commands.Remote;

/// <summary><c>flush</c>, <c>invalidate</c> and <c>preload</c>.</summary>
internal static class UpkeepCommands
{
    public static Command Flush(Terminal terminal, CommonOptions common)
    {
        var command = new Command(
            "flush",
            "Stores everything that is dirty now, and ends when that is done; 3 where the database refused some of it"
        );
        command.SetAction(
            (arguments, cancellationToken) =>
                common.RunAsync(
                    arguments,
                    async cache =>
                    {
                        var flushed = await cache.FlushAsync(cancellationToken);
                        if (common.WantsJson(arguments))
                        {
                            terminal.Output.WriteLine(Line(flushed));
                        }
                        else
                        {
                            terminal.Output.WriteLine($"Stored {flushed.Stored}.");
                            foreach (var (key, error) in flushed.Failed)
                            {
                                terminal.Errors.WriteLine($"{key}: {Terminal.OneLine(error)}");
                            }

                            if (flushed.Left > 0)
                            {
                                terminal.Errors.WriteLine(
                                    $"{flushed.Left} {(flushed.Left == 1 ? "is" : "are")} dirty still, and nothing more was stored: "
                                        + (
                                            flushed.Reason is { } reason
                                                ? Terminal.OneLine(reason)
                                                : "is a worker alive, and does its database take writes?"
                                        )
                                );
                            }

                            if (flushed.DeadLetters > 0)
                            {
                                terminal.Errors.WriteLine(
                                    (
                                        flushed.DeadLetters == 1
                                            ? "1 dead letter waits beside that, and is in no database: "
                                            : $"{flushed.DeadLetters} dead letters wait beside that, and are in no database: "
                                    ) + "see remanso dead-letters list."
                                );
                            }
                        }

                        return flushed.Failed.Count == 0 && flushed.Left == 0 ? ExitCode.Done : ExitCode.Refused;
                    },
                    timeout: Timeout.InfiniteTimeSpan
                )
        );
        return command;
    }

    public static Command Invalidate(Terminal terminal, CommonOptions common)
    {
        var keys = new Argument<string[]>("KEY") { Description = "The keys", Arity = ArgumentArity.ZeroOrMore };
        var tags = new Option<string[]>("--tag") { Description = "What carries this tag; may be repeated", HelpName = "TAG" };
        var all = new Option<bool>("--all") { Description = "Everything that the cache holds" };
        var command = new Command("invalidate", "Drops clean copies, so that they are loaded again; what is dirty stays")
        {
            keys,
            tags,
            all,
        };
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var (names, labels, takesAll) = (
                        arguments.GetValue(keys) ?? [],
                        arguments.GetValue(tags) ?? [],
                        arguments.GetValue(all)
                    );
                    switch (names, labels, takesAll)
                    {
                        case ([_, ..], [], false):
                            await cache.InvalidateAsync(names, cancellationToken);
                            break;
                        case ([], [_, ..], false):
                            await cache.InvalidateTagsAsync(labels, cancellationToken);
                            break;
                        case ([], [], true):
                            await cache.InvalidateAllAsync(cancellationToken);
                            break;
                        default:
                            throw new UsageException("invalidate takes KEYs, --tag or --all, one of the three");
                    }

                    terminal.Output.WriteLine(
                        common.WantsJson(arguments) ? JsonLine.Of(static line => line.WriteBoolean("done"u8, value: true)) : "Done."
                    );
                    return ExitCode.Done;
                }));
        return command;
    }

    public static Command Preload(Terminal terminal, CommonOptions common)
    {
        var keys = new Argument<string[]>("KEY") { Description = "The keys", Arity = ArgumentArity.ZeroOrMore };
        var file = new Option<string?>("--file") { Description = "A file of keys, one a line; - for the input", HelpName = "PATH" };
        var command = new Command("preload", "Loads what is not cached; how far it is goes beside the output") { keys, file };
        command.SetAction(
            (arguments, cancellationToken) =>
                common.RunAsync(
                    arguments,
                    async cache =>
                    {
                        var json = common.WantsJson(arguments);
                        var (names, bad) = await KeysOf(
                            arguments.GetValue(keys) ?? [],
                            arguments.GetValue(file),
                            terminal,
                            cancellationToken
                        );
                        var done = new PreloadAnswer(0, 0, 0, 0);
                        await ProgressReport.RunAsync(terminal, "keys", json, terminal.Time, async told =>
                        {
                            done = await cache.PreloadAsync(names, new Progress(told, names.Count), cancellationToken: cancellationToken);
                            return ExitCode.Done;
                        });

                        terminal.Output.WriteLine(
                            json ? Line(done) : $"{done.Keys} keys, {done.Found} found, {done.Loaded} loaded, {done.Failed} failed."
                        );
                        return done.Failed == 0 && bad == 0 ? ExitCode.Done : ExitCode.Refused;
                    },
                    timeout: Timeout.InfiniteTimeSpan
                )
        );
        return command;
    }

    // Lines that are no text, or no key, are named, and are nobody's keys: a server would refuse all others with them.
    private static async Task<(IReadOnlyList<string> Keys, int Bad)> KeysOf(
        string[] keys,
        string? file,
        Terminal terminal,
        CancellationToken cancellationToken
    )
    {
        if (keys.Length > 0 == file is not null)
        {
            throw new UsageException("preload takes KEYs or --file, one of the two");
        }

        if (file is null)
        {
            return (keys, 0);
        }

        List<string> names = [];
        var bad = 0;
        using var lines = LineReader.Open("--file", file, terminal);
        while (await lines.ReadAsync(cancellationToken))
        {
            try
            {
                if (lines.Text is { Length: > 0 } name)
                {
                    CacheKey.Validate(name);
                    names.Add(name);
                }
            }
            catch (Exception exception) when (exception is FormatException or InvalidKeyException)
            {
                bad++;
                terminal.Errors.WriteLine($"line {lines.Number}: {exception.Message}");
            }
        }

        return (names, bad);
    }

    private static string Line(PreloadAnswer done) =>
        JsonLine.Of(line =>
        {
            line.WriteNumber("keys"u8, done.Keys);
            line.WriteNumber("found"u8, done.Found);
            line.WriteNumber("loaded"u8, done.Loaded);
            line.WriteNumber("failed"u8, done.Failed);
        });

    private static string Line(FlushAnswer flushed) =>
        JsonLine.Of(line =>
        {
            line.WriteNumber("stored"u8, flushed.Stored);
            line.WriteStartArray("failed"u8);
            foreach (var (key, error) in flushed.Failed)
            {
                line.WriteStartObject();
                line.WriteString("key"u8, key);
                line.WriteString("error"u8, error);
                line.WriteEndObject();
            }

            line.WriteEndArray();
            if (flushed.Left > 0)
            {
                line.WriteNumber("left"u8, flushed.Left);
                if (flushed.Reason is { } reason)
                {
                    line.WriteString("reason"u8, reason);
                }
            }

            if (flushed.DeadLetters > 0)
            {
                line.WriteNumber("deadLetters"u8, flushed.DeadLetters);
            }
        });

    /// <summary>Says how far a preload is.</summary>
    private sealed class Progress(Action<long, double> told, int all) : IProgress<PreloadAnswer>
    {
        public void Report(PreloadAnswer value) => told(value.Keys, (double)value.Keys / all);
    }
}
