using System.Diagnostics;
using Remanso.Schedules.Engine;
using Remanso.Schedules.Scenarios;
using Xunit;

namespace Remanso.Schedules;

/// <summary>A fixed number of schedules of each scenario, the same in each run: in a program of its own, whose tasks and locks the
/// scheduler
/// orders.</summary>
public sealed class ScheduleTests(RewrittenProgram program) : IClassFixture<RewrittenProgram>
{
    private const string Seed = "15";

    public static TheoryData<string> Names => [.. AllScenarios.List.Select(static scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_has_to_hold_holds_in_every_schedule(string name)
    {
        var scenario = AllScenarios.List.Single(scenario => scenario.Name == name);
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "exec", program.Path, "schedules", "run", name, $"{scenario.Schedules}", Seed },
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var told = (await output).Split('\n').Where(static line => !line.StartsWith("..", StringComparison.Ordinal));
        Assert.True(process.ExitCode == 0, $"{string.Join('\n', told)}\n{await errors}");
    }
}
