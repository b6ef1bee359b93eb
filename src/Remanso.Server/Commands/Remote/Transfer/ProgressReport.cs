using System.Globalization;
using Spectre.Console;

namespace Remanso.Server.Commands.Remote.Transfer;

/// <summary>How far a long command is, beside the output: a bar where people look, a line now and then elsewhere,
/// nothing for scripts that want JSON.</summary>
internal static class ProgressReport
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(10);

    /// <summary>Runs work that says how far it is.</summary>
    /// <param name="terminal">Where it is told.</param>
    /// <param name="what">What is counted, such as <c>lines</c>.</param>
    /// <param name="isQuiet">Whether nothing is told.</param>
    /// <param name="time">The clock of the lines.</param>
    /// <param name="work">The work; it calls its argument with what is done, and which part of all that is (0 to 1; NaN
    /// where that is not known).</param>
    public static async Task<int> RunAsync(
        Terminal terminal,
        string what,
        bool isQuiet,
        TimeProvider time,
        Func<Action<long, double>, Task<int>> work
    )
    {
        if (isQuiet)
        {
            return await work(static (_, _) => { });
        }

        if (terminal.ErrorScreen is { } screen)
        {
            return await screen
                .Progress()
                .AutoClear(enabled: true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
                .StartAsync(async progress =>
                {
                    var bar = progress.AddTask(what, autoStart: true, maxValue: 1);
                    return await work(
                        (done, part) =>
                        {
                            bar.Description = string.Create(CultureInfo.InvariantCulture, $"{done} {what}");
                            bar.IsIndeterminate = double.IsNaN(part);
                            bar.Value = double.IsNaN(part) ? 0 : part;
                        }
                    );
                });
        }

        var last = time.GetTimestamp();
        return await work(
            (done, part) =>
            {
                if (time.GetElapsedTime(last) >= _every)
                {
                    last = time.GetTimestamp();
                    terminal.Errors.WriteLine(
                        double.IsNaN(part)
                            ? string.Create(CultureInfo.InvariantCulture, $"{done} {what}")
                            : string.Create(CultureInfo.InvariantCulture, $"{done} {what}, {part:P0}")
                    );
                }
            }
        );
    }
}
