using System.Globalization;

namespace Remanso.Benchmarks.Paired;

/// <summary>
/// Measures pairs, side by side in one process: A B, B A, A B … and the median of the ratios. Two numbers that were
/// taken minutes apart on a shared machine have no ratio worth printing.
/// </summary>
internal static class PairedProgram
{
    private const string Usage = "usage: Remanso.Benchmarks --paired [core] [flush] [--rounds 3..99 (5)] [--rows 1000..10000000 (100000)]";

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var sets = new HashSet<string>(StringComparer.Ordinal);
        var rounds = 5;
        var rows = 100_000;
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "core" or "flush":
                    sets.Add(arguments[i]);
                    break;
                case "--rounds" when TryTakeNumber(arguments, ref i, 3, 99, out rounds):
                case "--rows" when TryTakeNumber(arguments, ref i, 1_000, 10_000_000, out rows):
                    break;
                default:
                    await Console.Error.WriteLineAsync($"'{arguments[i]}' is unknown, or its value is out of its range. {Usage}");
                    return 2;
            }
        }

        var runsAll = sets.Count == 0;
        Console.WriteLine(PairResult.TableHead);
        if (runsAll || sets.Contains("core"))
        {
            await PrintAsync(CorePairs.RunAsync(rounds));
        }

        if (runsAll || sets.Contains("flush"))
        {
            await PrintAsync(FlushPairs.RunAsync(rounds, rows));
        }

        return 0;
    }

    private static async Task PrintAsync(IAsyncEnumerable<PairResult> results)
    {
        await foreach (var result in results)
        {
            Console.WriteLine(result);
        }
    }

    private static bool TryTakeNumber(IReadOnlyList<string> arguments, ref int at, int lowest, int highest, out int number)
    {
        number = lowest;
        if (at + 1 >= arguments.Count
            || !int.TryParse(arguments[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out number)
            || number < lowest
            || number > highest)
        {
            return false;
        }

        at++;
        return true;
    }
}
