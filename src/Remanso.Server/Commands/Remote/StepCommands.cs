using System.CommandLine;
using Remanso.Client;

namespace Remanso.Server.Commands.Remote;

/// <summary><c>increment</c> and <c>wait</c>.</summary>
internal static class StepCommands
{
    // Beside the wait itself.
    private static readonly TimeSpan _answer = TimeSpan.FromSeconds(100);

    public static Command Increment(Terminal terminal, CommonOptions common)
    {
        var key = EntryCommands.Key;
        var by = new Option<long>("--by")
        {
            Description = "What is added; below 0 it is subtracted",
            HelpName = "N",
            DefaultValueFactory = static _ => 1,
        };
        var switches = new WriteSwitches();
        var command = new Command("increment", "Adds to a whole number in one step, and tells the sum; an absent key counts as 0")
        {
            key,
            by,
        };
        switches.AddTo(command, hasValue: false, makesEntry: true);
        command.SetAction((arguments, cancellationToken) => common.RunAsync(arguments, async cache =>
                {
                    var name = arguments.GetRequiredValue(key);
                    var answer = await cache.IncrementAsync(name, arguments.GetValue(by), switches.Read(arguments), cancellationToken);
                    terminal.Output.WriteLine(
                        common.WantsJson(arguments)
                            ? JsonLine.Of(line =>
                            {
                                line.WriteString("key"u8, name);
                                line.WriteNumber("value"u8, answer.Value);
                                line.WriteNumber("version"u8, answer.Version);
                                line.WriteString("durability"u8, answer.Durability.ToString().ToLowerInvariant());
                            })
                            : answer.Value.ToString(provider: null)
                    );
                    return ExitCode.Done;
                }));
        return command;
    }

    public static Command Wait(Terminal terminal, CommonOptions common)
    {
        var key = EntryCommands.Key;
        var version = new Argument<long>("VERSION")
        {
            Description = "The version that the write was answered with; a later one counts as well",
        };
        var durability = new Option<string?>("--durability")
        {
            Description = "Until what is true: replicated, logged or stored (unless set)",
            HelpName = "LEVEL",
        };
        durability.TakesOneOf("accepted", "replicated", "logged", "stored");
        var timeout = new Option<string?>("--timeout")
        {
            Description = "The longest wait, such as 30s; the cache's own limit unless set",
            HelpName = "TIME",
        };
        var command = new Command("wait", "Waits until a write is in the database, or as durable as asked; 3 where it is not reached")
        {
            key,
            version,
            durability,
            timeout,
        };
        command.SetAction(
            (arguments, cancellationToken) =>
                common.RunAsync(
                    arguments,
                    async cache =>
                    {
                        var name = arguments.GetRequiredValue(key);
                        var level = arguments.GetValue(durability) is { } text
                            ? Enum.Parse<WriteDurability>(text, ignoreCase: true)
                            : WriteDurability.Stored;
                        var answer = await cache.WaitAsync(
                            name,
                            arguments.GetRequiredValue(version),
                            level,
                            Times.Parse(timeout.Name, arguments.GetValue(timeout)),
                            cancellationToken
                        );
                        return WriteSwitches.Tell(terminal, common.WantsJson(arguments), name, answer);
                    },
                    timeout: Times.Parse(timeout.Name, arguments.GetValue(timeout)) + _answer ?? Timeout.InfiniteTimeSpan
                )
        );
        return command;
    }
}
