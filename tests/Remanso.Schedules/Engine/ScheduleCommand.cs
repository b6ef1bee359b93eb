using System.Globalization;
using Microsoft.Coyote;
using Microsoft.Coyote.Rewriting;
using Microsoft.Coyote.SystematicTesting;
using Remanso.Common;
using Remanso.Entries;
using Remanso.Schedules.Scenarios;

namespace Remanso.Schedules.Engine;

/// <summary><c>schedules list</c>, <c>schedules rewrite FOLDER</c>, and, of a rewritten copy, <c>schedules run NAME COUNT SEED</c>. The
/// exit code is
/// 1 where a schedule failed.</summary>
internal static class ScheduleCommand
{
    private const int Usage = 2;
    private const int MostSteps = 20_000;
    private const uint MostMilliseconds = 60_000;
    private const uint Looks = 1000;
    private const uint LookEveryMilliseconds = 1;

    public static int Run(string[] arguments)
    {
        switch (arguments)
        {
            case ["list"]:
                Console.WriteLine(string.Join('\n', AllScenarios.List.Select(static scenario => scenario.Name)));
                return 0;
            case ["rewrite", var folder]:
                Rewriter.Copy(AppContext.BaseDirectory, folder);
                return 0;
            case ["run", ..] when !RewritingEngine.IsAssemblyRewritten(typeof(CacheKey).Assembly):
                Console.Error.WriteLine("This program is not rewritten: nothing would be explored.");
                return Usage;
            case ["run", var name, var count, var seed] when AllScenarios.List.FirstOrDefault(known => known.Name == name) is { } scenario:
                return Explore(scenario, uint.Parse(count, CultureInfo.InvariantCulture), uint.Parse(seed, CultureInfo.InvariantCulture));
            default:
                Console.Error.WriteLine("schedules list | rewrite FOLDER | run NAME COUNT SEED");
                return Usage;
        }
    }

    private static int Explore(Scenario scenario, uint count, uint seed)
    {
        // What the product draws would make another order of the same choices.
        Chance.Source = new Random((int)seed);

        // Two ways to choose who goes on: at random, and by priorities that change a few times, which holds somebody up for long.
        var half = Math.Max(1, count / 2);
        var first = Explore(scenario, Configured(half, seed).WithRandomStrategy(), explored: 0);
        return first != 0 ? first : Explore(scenario, Configured(count - half, seed + 1).WithPrioritizationStrategy(), half);
    }

    private static Configuration Configured(uint count, uint seed) =>
        Configuration
            .Create()
            .WithTestingIterations(count)
            .WithRandomGeneratorSeed(seed)
            .WithMaxSchedulingSteps(MostSteps)
            // What the platform itself does meanwhile (a timer, a callback of a token) has the time that a busy machine takes.
            .WithDeadlockTimeout(MostMilliseconds)
            .WithUncontrolledConcurrencyResolutionTimeout(Looks, LookEveryMilliseconds)
            .WithPartiallyControlledConcurrencyAllowed()
            .WithAtomicOperationRaceCheckingEnabled(true)
            .WithVolatileOperationRaceCheckingEnabled(true)
            .WithSystematicFuzzingFallbackEnabled(false)
            .WithNoBugTraceRepro(true)
            .WithTelemetryEnabled(false);

    private static int Explore(Scenario scenario, Configuration configuration, uint explored)
    {
        if (configuration.TestingIterations == 0)
        {
            return 0;
        }

        var engine = TestingEngine.Create(configuration, scenario.Run);
        var start = TimeProvider.System.GetTimestamp();
        engine.Run();
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var report = engine.TestReport;
        var done = report.NumOfExploredFairPaths + report.NumOfExploredUnfairPaths;
        Console.WriteLine(
            FormattableString.Invariant($"{scenario.Name}: {done} schedules in {seconds:0.0} s, {report.NumOfFoundBugs} failed")
        );
        if (report.NumOfFoundBugs == 0)
        {
            return 0;
        }

        Console.WriteLine($"  in schedule {explored + done}: {string.Join('\n', report.BugReports)}");
        return 1;
    }
}
