using System.Globalization;

namespace Remanso.Baselines;

/// <summary>Runs the bare loop against a database of its own and prints its speed.</summary>
internal static class SqliteLoop
{
    public static void Run(IConfiguration arguments)
    {
        var rows = arguments.GetValue("rows", 100_000);
        var batchSize = arguments.GetValue("batch", 1_000);
        var value = new byte[arguments.GetValue("value-bytes", 100)];
        var keys = Enumerable.Range(0, rows).Select(static i => i.ToString("'load-'00000000", CultureInfo.InvariantCulture)).ToArray();
        new Random(20_251).Shuffle(keys);

        var folder = Directory.CreateTempSubdirectory("remanso-bench-");
        try
        {
            using var loop = new BareUpsertLoop(Path.Combine(folder.FullName, "bare.db"));
            foreach (var (name, version) in new[] { ("fresh", 1L), ("updated", 2L) })
            {
                var start = TimeProvider.System.GetTimestamp();
                loop.Save(keys, value, version, batchSize);
                var perSecond = rows / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name.PadRight(8)} {perSecond:0} rows per second"));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
