using Spectre.Console;

namespace Remanso.Server.Commands;

/// <summary>Finds out whether the output is a screen.</summary>
internal static class Screens
{
    /// <summary>The output's; null where it is redirected, so that scripts and files get plain lines. NO_COLOR is heeded.</summary>
    /// <remarks>https://no-color.org</remarks>
    public static IAnsiConsole? OfOutput() => Console.IsOutputRedirected ? null : Make(Console.Out);

    /// <summary>The same of where remarks go.</summary>
    public static IAnsiConsole? OfErrors() => Console.IsErrorRedirected ? null : Make(Console.Error);

    private static IAnsiConsole Make(TextWriter writer) =>
        AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                ColorSystem = Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
                    ? ColorSystemSupport.NoColors
                    : ColorSystemSupport.Detect,
                Out = new AnsiConsoleOutput(writer),
            }
        );
}
