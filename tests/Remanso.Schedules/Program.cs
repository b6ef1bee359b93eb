using Remanso.Schedules.Engine;

namespace Remanso.Schedules;

/// <summary>Runs the tests; with <c>schedules</c> as the first word it explores, as the tests and <c>eng/schedules.sh</c> ask for
/// it.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments) =>
        arguments is ["schedules", .. var asked]
            ? ScheduleCommand.Run(asked)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(arguments);
}
