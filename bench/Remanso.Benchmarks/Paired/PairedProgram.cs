using System.Globalization;

namespace Remanso.Benchmarks.Paired;

/// <summary>
/// Measures pairs, side by side in one process: A B, B A, A B … and the median of the ratios. Two numbers that were
/// taken minutes apart on a shared machine have no ratio worth printing.
/// </summary>
internal static class PairedProgram
{
    private const string Usage = """
        usage: Remanso.Benchmarks --paired [core] [near] [hybrid] [flush] [durability] [watch] [redis] [postgres] [mysql]
                                  [--rounds 3..99 (5)] [--rows 1000..10000000 (100000)]
                                  [--redis host:port] [--postgres CONNECTION-STRING] [--mysql CONNECTION-STRING]

        Without a name: core, near, hybrid and flush. redis needs --redis, postgres both, mysql --mysql, and hybrid reads near
        copies, too, where it is given; they DELETE all data of that Redis, and the
        tables bench_flush and bench_bare of the databases.
        """;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var sets = new HashSet<string>(StringComparer.Ordinal);
        var rounds = 5;
        var rows = 100_000;
        var redis = "";
        var postgres = "";
        var mysql = "";
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            switch (argument)
            {
                case "core" or "near" or "hybrid" or "flush" or "durability" or "watch" or "redis" or "postgres" or "mysql":
                    sets.Add(argument);
                    break;
                case "--rounds" when TryTakeNumber(arguments, ref i, 3, 99, out rounds):
                case "--rows" when TryTakeNumber(arguments, ref i, 1_000, 10_000_000, out rows):
                case "--redis" when TryTake(arguments, ref i, out redis):
                case "--postgres" when TryTake(arguments, ref i, out postgres):
                case "--mysql" when TryTake(arguments, ref i, out mysql):
                    break;
                default:
                    await Console.Error.WriteLineAsync($"'{argument}' is unknown, or its value is out of its range. {Usage}");
                    return 2;
            }
        }

        if (
            (redis.Length == 0 && (sets.Contains("redis") || sets.Contains("postgres")))
            || (postgres.Length == 0 && sets.Contains("postgres"))
            || (mysql.Length == 0 && sets.Contains("mysql"))
        )
        {
            await Console.Error.WriteLineAsync($"An address is missing. {Usage}");
            return 2;
        }

        var runsAll = sets.Count == 0;
        Console.WriteLine(PairResult.TableHead);
        if (runsAll || sets.Contains("core"))
        {
            await PrintAsync(CorePairs.RunAsync(rounds));
        }

        if (runsAll || sets.Contains("near"))
        {
            await PrintAsync(NearPairs.RunAsync(rounds));
        }

        if (runsAll || sets.Contains("hybrid"))
        {
            await PrintAsync(HybridPairs.RunAsync(rounds, redis));
        }

        if (runsAll || sets.Contains("flush"))
        {
            await PrintAsync(FlushPairs.RunAsync(rounds, rows));
        }

        if (sets.Contains("durability"))
        {
            await PrintAsync(DurabilityPairs.RunAsync(rounds, rows));
        }

        if (sets.Contains("watch"))
        {
            await PrintAsync(WatchPairs.RunAsync(rounds));
        }

        if (sets.Contains("redis"))
        {
            await PrintAsync(RedisPairs.RunAsync(rounds, redis));
        }

        if (sets.Contains("postgres"))
        {
            await PrintAsync(PostgresPairs.RunAsync(rounds, rows, redis, postgres));
        }

        if (sets.Contains("mysql"))
        {
            await PrintAsync(MySqlPairs.RunAsync(rounds, rows, mysql));
        }

        return 0;
    }

    private static async Task PrintAsync(IAsyncEnumerable<object> results)
    {
        await foreach (var result in results)
        {
            Console.WriteLine(result);
        }
    }

    private static bool TryTakeNumber(IReadOnlyList<string> arguments, ref int at, int lowest, int highest, out int number)
    {
        number = lowest;
        return TryTake(arguments, ref at, out var text)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number >= lowest
            && number <= highest;
    }

    private static bool TryTake(IReadOnlyList<string> arguments, ref int at, out string text)
    {
        text = at + 1 < arguments.Count ? arguments[++at] : "";
        return text.Length > 0;
    }
}
