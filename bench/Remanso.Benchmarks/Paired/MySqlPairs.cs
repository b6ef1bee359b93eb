using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Paired;

/// <summary>Rows per second into MySQL or MariaDB, from the first write to the last commit: through cache, flusher and
/// store, and from a bare loop. The accepting of the writes counts too.</summary>
internal static class MySqlPairs
{
    private const int BatchSize = 1_000;
    private const string Table = "bench_flush";

    private static readonly byte[] _value = new byte[100];

    public static async IAsyncEnumerable<PairResult> RunAsync(int rounds, int rows, string connectionString)
    {
        var fresh = new PairResult("flush, fresh rows", "rows/s", Aim.AtLeast(0.7));
        var updated = new PairResult("flush, updated rows", "rows/s", Aim.AtLeast(0.7));
        var keys = Keys.Shuffled(rows);
        for (var round = -1; round < rounds; round++)
        {
            var oursFirst = round % 2 == 0;
            var first = oursFirst ? await FlushAsync(keys, connectionString) : await SaveBareAsync(keys, connectionString);
            var second = oursFirst ? await SaveBareAsync(keys, connectionString) : await FlushAsync(keys, connectionString);
            if (round >= 0)
            {
                // The first round only warms up.
                var (ours, bare) = oursFirst ? (first, second) : (second, first);
                fresh.Add(ours.Fresh, bare.Fresh);
                updated.Add(ours.Updated, bare.Updated);
            }
        }

        yield return fresh;
        yield return updated;
    }

    private static async Task<(Sample Fresh, Sample Updated)> FlushAsync(string[] keys, string connectionString)
    {
        await BareMySqlLoop.ExecuteAsync(connectionString, $"DROP TABLE IF EXISTS {Table}");
        var (services, cache) = await Caches.StartAsync(
            builder =>
                builder.UseMySql(connectionString, static options => options.Table = SqlTableName.Parse(Table), BareMySqlLoop.Driver),
            static options => options.Flush.BatchSize = BatchSize
        );
        await using (services)
        {
            return (await FlushPairs.WriteAndFlushAsync(cache, keys), await FlushPairs.WriteAndFlushAsync(cache, keys));
        }
    }

    private static async Task<(Sample Fresh, Sample Updated)> SaveBareAsync(string[] keys, string connectionString)
    {
        await using var loop = await BareMySqlLoop.CreateAsync(connectionString);
        return (await SaveAsync(version: 1), await SaveAsync(version: 2));

        async Task<Sample> SaveAsync(long version)
        {
            var start = TimeProvider.System.GetTimestamp();
            await loop.SaveAsync(keys, _value, version, BatchSize);
            return new Sample(keys.Length / TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        }
    }
}
