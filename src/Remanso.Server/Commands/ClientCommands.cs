using System.CommandLine;
using System.CommandLine.Invocation;
using Remanso.Client;
using Remanso.Server.Commands.Remote;

namespace Remanso.Server.Commands;

/// <summary>The commands that call a server: <c>get</c>, <c>set</c>, <c>delete</c>, <c>watch</c>, <c>flush</c>, <c>invalidate</c>, <c>preload</c>, <c>dead-letters</c>.</summary>
internal sealed class ClientCommands
{
    private static readonly string[] _names = ["get", "set", "delete", "watch", "flush", "invalidate", "preload", "dead-letters"];

    private readonly Terminal _terminal;
    private readonly RootCommand _root = new("Calls a Remanso server. Exit codes: 0 done, 1 not found, 2 wrong usage, 3 refused by the server, 4 the server can't be reached.");

    public ClientCommands(Terminal terminal)
    {
        _terminal = terminal;
        var common = new CommonOptions(terminal);
        common.AddTo(_root);
        _root.Add(EntryCommands.Get(terminal, common));
        _root.Add(EntryCommands.Set(terminal, common));
        _root.Add(EntryCommands.Delete(terminal, common));
        _root.Add(WatchCommand.Create(terminal, common));
        _root.Add(UpkeepCommands.Flush(terminal, common));
        _root.Add(UpkeepCommands.Invalidate(terminal, common));
        _root.Add(UpkeepCommands.Preload(terminal, common));
        _root.Add(DeadLetterCommands.Create(terminal, common));
    }

    /// <summary>Whether a command line is one of these, and not the server's.</summary>
    public static bool Knows(ReadOnlySpan<string> arguments) => arguments is [var first, ..] && _names.Contains(first, StringComparer.Ordinal);

    /// <summary>Runs the command.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
    {
        var parsed = _root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            return _terminal.Fail(ExitCode.Usage, $"{parsed.Errors[0].Message} See {parsed.CommandResult.Command.Name} --help.");
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = _terminal.Output, Error = _terminal.Errors, EnableDefaultExceptionHandler = false }, cancellationToken);
        }
        catch (Exception exception) when (exception is UsageException or ArgumentException)
        {
            return _terminal.Fail(ExitCode.Usage, exception.Message);
        }
        catch (RemansoApiException refused)
        {
            return _terminal.Fail(refused.Code is "absent-key" or "no-dead-letter" ? ExitCode.NotFound : ExitCode.Refused, refused.Message);
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException or IOException)
        {
            return _terminal.Fail(ExitCode.Unreachable, "The server can't be reached: " + exception.Message);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }
}
