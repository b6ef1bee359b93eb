using System.Globalization;
using Remanso.Simulation.Redis;
using Remanso.Simulation.Scenarios;
using Remanso.Simulation.World;

namespace Remanso.Simulation;

/// <summary>What the command line asks for.</summary>
internal static class Commands
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (!args.Contains("--redis"))
        {
            return await RunAsync(args, redis: null).ConfigureAwait(false);
        }

        var redis = await RealRedis.StartAsync().ConfigureAwait(false);
        await using var _ = redis.ConfigureAwait(false);
        return await RunAsync([.. args.Where(static arg => arg != "--redis")], redis).ConfigureAwait(false);
    }

    private static Task<int> RunAsync(string[] args, RealRedis? redis) =>
        args switch
        {
            ["run", .. var rest] => RunManyAsync(
                Number(rest, "--from", 0),
                Number(rest, "--count", 1000),
                (int)Number(rest, "--failures", 1),
                redis
            ),
            ["replay", var which] => ReplayAsync(ScenarioOf(which), redis),
            ["shrink", var which] => ShrinkAsync(ScenarioOf(which), redis),
            _ => Task.FromResult(Usage()),
        };

    private static int Usage()
    {
        Console.Error.WriteLine(
            "Remanso.Simulation [--redis] run [--from SEED] [--count N] [--failures N] | replay SEED|FILE | shrink SEED|FILE"
        );
        return 2;
    }

    private static ulong Number(string[] args, string name, ulong otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? otherwise : ulong.Parse(args[at + 1], CultureInfo.InvariantCulture);
    }

    private static async Task<int> RunManyAsync(ulong from, ulong count, int most, RealRedis? redis)
    {
        var began = TimeProvider.System.GetTimestamp();
        var failures = 0;
        long events = 0;
        long calls = 0;
        ulong done = 0;
        ulong fingerprint = 0;
        for (var seed = from; seed < from + count && failures < most; seed++)
        {
            var scenario = ScenarioMaker.Make(seed);
            if (redis is not null && scenario.IsEmbedded)
            {
                continue;
            }

            var (problem, world) = await TryAsync(scenario, trace: null, redis).ConfigureAwait(false);
            events += world.Kernel.Happened;
            fingerprint = (fingerprint ^ world.Kernel.Fingerprint) * 1099511628211;
            calls += world.Calls.Count;
            done++;
            if (problem is not null)
            {
                failures++;
                Console.WriteLine($"seed {seed}: {problem}");
            }
        }

        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{done} seeds from {from}, {failures} violations, {seconds:0.0} s, {done / seconds:0} seeds/s, "
                    + $"{events / (double)done:0} events and {calls / (double)done:0} calls each, fingerprint {fingerprint:x16}"
            )
        );
        return failures == 0 ? 0 : 1;
    }

    private static Scenario ScenarioOf(string which) =>
        ulong.TryParse(which, CultureInfo.InvariantCulture, out var seed) ? ScenarioMaker.Make(seed) : ScenarioFile.Read(which);

    private static async Task<int> ShrinkAsync(Scenario scenario, RealRedis? redis)
    {
        var shrinker = new Shrinker(async tried => (await TryAsync(tried, trace: null, redis).ConfigureAwait(false)).Problem is not null);
        if ((await TryAsync(scenario, trace: null, redis).ConfigureAwait(false)).Problem is null)
        {
            Console.Error.WriteLine("All promises hold: there is nothing to shrink.");
            return 1;
        }

        Console.WriteLine(ScenarioFile.Write(await shrinker.ShrinkAsync(scenario).ConfigureAwait(false)));
        return 0;
    }

    private static async Task<int> ReplayAsync(Scenario scenario, RealRedis? redis)
    {
        Console.WriteLine(ScenarioFile.Write(scenario));
        var (problem, world) = await TryAsync(scenario, Console.WriteLine, redis).ConfigureAwait(false);
        Console.WriteLine($"fingerprint {world.Kernel.Fingerprint:x16}, {world.Kernel.Happened} events");
        Console.WriteLine(problem ?? "all promises hold");
        return problem is null ? 0 : 1;
    }

    private static async Task<(string? Problem, SimWorld World)> TryAsync(Scenario scenario, Action<string>? trace, RealRedis? redis)
    {
        var world = new SimWorld(scenario, trace, redis);
        try
        {
            await world.RunAsync().ConfigureAwait(false);
            return (null, world);
        }
        catch (Exception violation)
        {
            return (violation is ViolationException { InnerException: null } ? violation.Message : $"{violation}", world);
        }
    }
}
