using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Remanso.Client;
using Remanso.Server.Commands.Doctor;
using Remanso.Server.Commands.Plan;
using Remanso.Server.Commands.Remote;
using Remanso.Server.Commands.Remote.Bench;
using Remanso.Server.Commands.Remote.Top;
using Remanso.Server.Commands.Remote.Transfer;

namespace Remanso.Server.Commands;

/// <summary>The commands beside the server and its keys: <c>doctor</c>, <c>plan</c>, <c>completion</c>, and those that
/// call a server.</summary>
internal sealed class ClientCommands
{
    private static readonly string[] _names =
    [
        "get",
        "set",
        "delete",
        "increment",
        "wait",
        "watch",
        "flush",
        "invalidate",
        "preload",
        "dead-letters",
        "export",
        "import",
        "top",
        "bench",
        "doctor",
        "plan",
        "completion",
        "complete",
    ];

    /// <summary>A key or a value that begins with @ is that, and names no file with more of the command line.</summary>
    public static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    private readonly Terminal _terminal;
    private readonly RootCommand _root = new(
        "Calls a Remanso server. Exit codes: 0 done, 1 not found, 2 wrong usage, 3 refused by the server, 4 the server can't be reached."
    );

    public ClientCommands(Terminal terminal)
    {
        _terminal = terminal;
        var common = new CommonOptions(terminal);
        _root.Add(KnownElsewhere.Serve());
        _root.Add(KnownElsewhere.Keys());
        _root.Add(DoctorCommand.Create(terminal, TimeProvider.System));
        _root.Add(PlanCommand.Create(terminal, TimeProvider.System));
        _root.Add(CompletionCommand.Create(terminal));
        _root.Add(CompletionCommand.CreateHidden(terminal, _root));
        foreach (
            var command in (Command[])
                [
                    EntryCommands.Get(terminal, common),
                    EntryCommands.Set(terminal, common),
                    EntryCommands.Delete(terminal, common),
                    StepCommands.Increment(terminal, common),
                    StepCommands.Wait(terminal, common),
                    WatchCommand.Create(terminal, common),
                    UpkeepCommands.Flush(terminal, common),
                    UpkeepCommands.Invalidate(terminal, common),
                    UpkeepCommands.Preload(terminal, common),
                    DeadLetterCommands.Create(terminal, common),
                    ExportCommand.Create(terminal, common),
                    ImportCommand.Create(terminal, common),
                    TopCommand.Create(terminal, common, TimeProvider.System),
                    BenchCommand.Create(terminal, common, TimeProvider.System),
                ]
        )
        {
            common.AddTo(command);
            _root.Add(command);
        }
    }

    /// <summary>Whether a command line is one of these, and not the server's.</summary>
    public static bool Knows(ReadOnlySpan<string> arguments) =>
        arguments is [var first, ..] && _names.Contains(first, StringComparer.Ordinal);

    /// <summary>Runs the command.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
    {
        var parsed = _root.Parse(arguments, Parsing);
        if (parsed.Action is ParseErrorAction)
        {
            return _terminal.Fail(ExitCode.Usage, $"{Said(parsed.Errors[0])} See {parsed.CommandResult.Command.Name} --help.");
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = _terminal.Output,
                    Error = _terminal.Errors,
                    EnableDefaultExceptionHandler = false,
                },
                cancellationToken
            );
        }
        catch (Exception exception) when (exception is UsageException or ArgumentException)
        {
            return _terminal.Fail(ExitCode.Usage, Said(exception));
        }
        catch (RemansoApiException refused)
        {
            return _terminal.Fail(refused.Code is "absent-key" or "no-dead-letter" ? ExitCode.NotFound : ExitCode.Refused, refused.Message);
        }
        catch (IOException exception) when (StandardOutput.IsClosed(exception))
        {
            return ExitCode.Done;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException || IsOfAFile(exception))
        {
            return _terminal.Fail(ExitCode.Local, exception.Message);
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or IOException)
        {
            return _terminal.Fail(ExitCode.Unreachable, "The server can't be reached: " + Causes.Of(exception));
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }

    // Of what is parsed, all that is no text is a number; which type it has here is no matter of its user.
    private static string Said(ParseError error)
    {
        var type = error.Message.IndexOf(" as expected type '", StringComparison.Ordinal);
        return type < 0 ? error.Message : error.Message[..type] + " as a number.";
    }

    // The platform's own words are for programmers: they name parameters, and the last line of some is a value.
    private static string Said(Exception exception)
    {
        if (exception is not ArgumentException { ParamName: { Length: > 0 } name })
        {
            return exception.Message;
        }

        var said = exception
            .Message.ReplaceLineEndings("\n")
            .Split('\n')[0]
            .Replace($" (Parameter '{name}')", null, StringComparison.Ordinal);
        return said.StartsWith("The value cannot be an empty string", StringComparison.Ordinal)
            ? $"The {name} is empty."
            : CommonOptions.Named(said);
    }

    // A connection's are of HTTP, or have the socket's error within them.
    private static bool IsOfAFile(Exception exception) => exception is IOException { InnerException: null } and not HttpIOException;
}
