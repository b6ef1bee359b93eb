using System.CommandLine;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote;

/// <summary><c>get</c>, <c>set</c> and <c>delete</c>.</summary>
internal static class EntryCommands
{
    /// <summary>The key that a command is about.</summary>
    public static Argument<string> Key => new("KEY") { Description = "The key; -- before it where it begins with a dash" };

    public static Command Get(Terminal terminal, CommonOptions common)
    {
        var key = Key;
        var source = new Option<string?>("--source")
        {
            Description = "Reads the cache alone (cache), or the database alone (db)",
            HelpName = "cache|db",
        };
        source.TakesOneOf("cache", "db");
        var command = new Command("get", "Writes a key's value to the output, byte for byte") { key, source };
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var from = arguments.GetValue(source) switch
                    {
                        "cache" => EntrySource.Cache,
                        "db" => EntrySource.Store,
                        _ => EntrySource.CacheThenStore,
                    };
                    var name = arguments.GetRequiredValue(key);
                    var answer = await cache.GetAsync(name, new EntryReadOptions { Source = from }, cancellationToken);
                    if (common.WantsJson(arguments))
                    {
                        terminal.Output.WriteLine(Line(name, answer));
                        return answer.Found ? ExitCode.Done : ExitCode.NotFound;
                    }

                    if (!answer.Found)
                    {
                        return terminal.Fail(
                            ExitCode.NotFound,
                            answer.Outcome == EntryOutcome.NotCached ? "The key is not cached." : "The key has no value."
                        );
                    }

                    await terminal.RawOutput.WriteAsync(answer.Value, cancellationToken);
                    await terminal.RawOutput.FlushAsync(cancellationToken);
                    return ExitCode.Done;
                }));
        return command;
    }

    public static Command Set(Terminal terminal, CommonOptions common)
    {
        var key = Key;
        var value = new ValueInput();
        var switches = new WriteSwitches();
        var command = new Command("set", "Writes a key") { key };
        value.AddTo(command);
        switches.AddTo(command, hasValue: true, mayBeAbsent: true);
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var name = arguments.GetRequiredValue(key);
                    var options = switches.Read(arguments, value.IsText(arguments) ? "text/plain; charset=utf-8" : null);
                    var answer = await cache.SetAsync(
                        name,
                        await value.ReadAsync(arguments, terminal, cancellationToken),
                        options,
                        cancellationToken
                    );
                    return WriteSwitches.Tell(terminal, common.WantsJson(arguments), name, answer);
                }));
        return command;
    }

    public static Command Delete(Terminal terminal, CommonOptions common)
    {
        var key = Key;
        var switches = new WriteSwitches();
        var command = new Command("delete", "Deletes a key; one that is absent, too") { key };
        switches.AddTo(command, hasValue: false);
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var name = arguments.GetRequiredValue(key);
                    return WriteSwitches.Tell(
                        terminal,
                        common.WantsJson(arguments),
                        name,
                        await cache.DeleteAsync(name, switches.Read(arguments), cancellationToken)
                    );
                }));
        return command;
    }

    private static string Line(string key, EntryAnswer answer) =>
        JsonLine.Of(line =>
        {
            line.WriteString("key"u8, key);
            line.WriteString("outcome"u8, answer.Outcome.ToString().ToLowerInvariant());
            if (!answer.Found)
            {
                line.WriteNull("value"u8);
                return;
            }

            line.WriteValue(answer.Value.Span);
            line.WriteString("contentType"u8, answer.ContentType);
            line.WriteNumber("version"u8, answer.Version);
            line.WriteBoolean("dirty"u8, answer.IsDirty);
            if (answer.Tags.Count > 0)
            {
                line.WriteStartArray("tags"u8);
                foreach (var tag in answer.Tags)
                {
                    line.WriteStringValue(tag);
                }

                line.WriteEndArray();
            }
        });
}
