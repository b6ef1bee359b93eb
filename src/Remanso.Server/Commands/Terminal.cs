using Spectre.Console;

namespace Remanso.Server.Commands;

/// <summary>Where a command reads and writes. What was asked for goes to the output; remarks and errors go beside it.</summary>
/// <param name="Output">The output.</param>
/// <param name="Errors">Where remarks and errors go.</param>
/// <param name="RawOutput">The output for values, which may be any bytes.</param>
/// <param name="Input">What a value is read from that is not on the command line.</param>
/// <param name="Variable">The environment, by name.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Errors, Stream RawOutput, Stream Input, Func<string, string?> Variable)
{
    /// <summary>The clock of calls.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The output as a screen with colours and a width; null where it is none, but a file or a pipe.</summary>
    public IAnsiConsole? Screen { get; init; }

    /// <summary>The same of where remarks go.</summary>
    public IAnsiConsole? ErrorScreen { get; init; }

    /// <summary>Says in one line what went wrong.</summary>
    /// <returns>The exit code.</returns>
    public int Fail(int code, string line)
    {
        Errors.WriteLine("remanso: " + line.ReplaceLineEndings(" "));
        return code;
    }
}
