using System.Globalization;
using Remanso.Fuzz.Targets;

namespace Remanso.Fuzz.Engine;

/// <summary><c>campaign instrument FOLDER</c>, and <c>campaign run TARGET|all SECONDS SEED FOLDER</c>: findings, and inputs worth keeping,
/// go into the folder. The exit code is 1 where something was found.</summary>
internal static class CampaignCommand
{
    private const int Usage = 2;
    private const int Hung = 3;

    public static int Run(string[] arguments)
    {
        // What is instrumented counts from its first line on, so there is a map before any of it is called.
        var coverage = new Coverage();
        return Run(arguments, coverage);
    }

    private static int Run(string[] arguments, Coverage coverage)
    {
        switch (arguments)
        {
            case ["instrument", var folder]:
                Console.WriteLine($"{Instrumentation.Copy(AppContext.BaseDirectory, folder)} assemblies count their branches");
                return 0;
            case ["list"]:
                Console.WriteLine(string.Join('\n', AllTargets.List.Select(static target => target.Name)));
                return 0;
            case ["run", var name, var seconds, var seed, var folder]
                when AllTargets.List.FirstOrDefault(target => target.Name == name) is { } target:
                var duration = TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture));
                return Run(
                    target,
                    new Campaign(target, coverage, int.Parse(seed, CultureInfo.InvariantCulture), TimeProvider.System),
                    duration,
                    folder
                );
            default:
                Console.Error.WriteLine("campaign list | instrument FOLDER | run TARGET SECONDS SEED FOLDER");
                return Usage;
        }
    }

    private static int Run(FuzzTarget target, Campaign campaign, TimeSpan duration, string folder)
    {
        using var watchdog = new Watchdog(TimeProvider.System, input =>
        {
            Console.WriteLine(
                $"{target.Name}: hangs with {CorpusFiles.Write(Path.Combine(folder, "findings", target.Name), "hang", input)}"
            );
            Environment.Exit(Hung);
        });
        var start = TimeProvider.System.GetTimestamp();
        campaign.Run(duration, watchdog);
        var rate = campaign.Executions / Math.Max(0.001, TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        var kept = 0;
        foreach (var input in campaign.Distill())
        {
            CorpusFiles.Write(Path.Combine(folder, "kept", target.Name), "kept", input);
            kept++;
        }

        Console.WriteLine(
            FormattableString.Invariant(
                $"{target.Name}: {campaign.Executions} executions, {rate:0} a second, {campaign.Branches} branches, {kept} inputs kept, {campaign.Findings.Count} findings"
            )
        );
        foreach (var finding in campaign.Findings)
        {
            Console.WriteLine($"  {CorpusFiles.Write(Path.Combine(folder, "findings", target.Name), "finding", finding.Input)}");
            Console.WriteLine($"  {finding.Cause}: {finding.Error.Message}");
            Console.WriteLine(string.Join('\n', (finding.Error.StackTrace ?? string.Empty).Split('\n').Take(6)));
        }

        return campaign.Findings.Count > 0 ? 1 : 0;
    }
}
