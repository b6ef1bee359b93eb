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

    /// <summary>A text of somebody else's as it may stand in a line: without what ends lines, or steers a screen.</summary>
    public static string OneLine(string text) => string.Create(text.Length, text, static (line, from) =>
        {
            for (var i = 0; i < line.Length; i++)
            {
                line[i] = char.IsControl(from[i]) || from[i] is '\u2028' or '\u2029' ? ' ' : from[i];
            }
        });

    /// <summary>Says in one line what went wrong.</summary>
    /// <returns>The exit code.</returns>
    public int Fail(int code, string line)
    {
        Errors.WriteLine("remanso: " + OneLine(line));
        return code;
    }
}
