using System.Globalization;

namespace Remanso.Benchmarks.Scale;

/// <summary>What one operation costs where there are ten thousand to ten million keys: processor time, which other work
/// on the machine disturbs least, of each process that takes part. One line of JSON for each figure.</summary>
internal static class ScaleProgram
{
    private const string Usage = """
        usage: Remanso.Benchmarks --scale memory|near|redis|callers|postgres --out FILE
                                  [--keys 10000,100000,1000000] [--redis host:port] [--postgres CONNECTION-STRING]

        Lines are added to the file. redis and callers want --redis and DELETE all data of that Redis; postgres deletes the
        table bench_bare of that database.
        """;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 1; i + 1 < arguments.Count; i += 2)
        {
            named[arguments[i]] = arguments[i + 1];
        }

        if (arguments.Count % 2 == 0 || !named.TryGetValue("--out", out var file))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        var redis = named.GetValueOrDefault("--redis", "");
        var postgres = named.GetValueOrDefault("--postgres", "");
        var sizes = named
            .GetValueOrDefault("--keys", "10000")
            .Split(',')
            .Select(static text => int.Parse(text, CultureInfo.InvariantCulture));
        var figures = new CostFigures(file);
        switch (arguments[0])
        {
            case "callers" when redis.Length > 0:
                await CallerCosts.RunAsync(figures, redis);
                return 0;
            case "memory" or "near":
            case "redis" when redis.Length > 0:
            case "postgres" when postgres.Length > 0:
                break;
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 2;
        }

        foreach (var keys in sizes)
        {
            await Console.Error.WriteLineAsync($"{arguments[0]}: {keys} keys");
            await (
                arguments[0] switch
                {
                    "memory" => TierCosts.RunAsync(figures, keys, redis: null),
                    "redis" => TierCosts.RunAsync(figures, keys, redis),
                    "near" => NearCosts.RunAsync(figures, keys),
                    _ => PostgresCosts.RunAsync(figures, keys, postgres),
                }
            );
        }

        return 0;
    }
}
