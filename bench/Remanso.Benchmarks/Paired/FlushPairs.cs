using Remanso.Baselines;
using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Paired;

/// <summary>
/// Rows per second into SQLite, from the first write to the last commit: through cache, flusher and store, and from a
/// bare loop. The accepting of the writes counts too. Both get the same keys in the same order, once each.
/// </summary>
internal static class FlushPairs
{
    private const int BatchSize = 1_000;

    private static readonly byte[] _value = new byte[100];

    public static async IAsyncEnumerable<PairResult> RunAsync(int rounds, int rows)
    {
        foreach (var (order, keys) in new[] { ("keys in random order", Keys.Shuffled(rows)), ("keys ascending", Keys.InOrder(rows)) })
        {
            var fresh = new PairResult($"flush, fresh rows, {order}", "rows/s", Aim.AtLeast(0.7));
            var updated = new PairResult($"flush, updated rows, {order}", "rows/s", Aim.AtLeast(0.7));
            for (var round = -1; round < rounds; round++)
            {
                var oursFirst = round % 2 == 0;
                var first = oursFirst ? await FlushAsync(keys) : SaveBare(keys);
                var second = oursFirst ? SaveBare(keys) : await FlushAsync(keys);
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
    }

    private static async Task<(Sample Fresh, Sample Updated)> FlushAsync(string[] keys)
    {
        var folder = Directory.CreateTempSubdirectory("remanso-bench-");
        try
        {
            var (services, cache) = await Caches.StartAsync(
                builder => builder.UseSqlite(Path.Combine(folder.FullName, "remanso.db")),
                static options => options.Flush.BatchSize = BatchSize
            );
            await using (services)
            {
                return (await WriteAndFlushAsync(cache, keys), await WriteAndFlushAsync(cache, keys));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Writes each key once and flushes; the time of both.</summary>
    public static async Task<Sample> WriteAndFlushAsync(ICache<string, ReadOnlyMemory<byte>> cache, string[] keys)
    {
        var storedBefore = (await cache.Operations.GetStatisticsAsync()).Flush.Stored;
        var start = TimeProvider.System.GetTimestamp();
        foreach (var key in keys)
        {
            await cache.SetAsync(key, _value);
        }

        await cache.Operations.FlushAsync();
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        var after = await cache.Operations.GetStatisticsAsync();
        return after.Dirty.Entries == 0 && after.Flush.Stored - storedBefore == keys.Length
            ? new Sample(keys.Length / elapsed.TotalSeconds)
            : throw new InvalidOperationException(
                $"Of {keys.Length} rows {after.Flush.Stored - storedBefore} were stored, and {after.Dirty.Entries} are dirty."
            );
    }

    private static (Sample Fresh, Sample Updated) SaveBare(string[] keys)
    {
        var folder = Directory.CreateTempSubdirectory("remanso-bench-");
        try
        {
            using var loop = new BareUpsertLoop(Path.Combine(folder.FullName, "bare.db"));
            return (Save(version: 1), Save(version: 2));

            Sample Save(long version)
            {
                var start = TimeProvider.System.GetTimestamp();
                loop.Save(keys, _value, version, BatchSize);
                return new Sample(keys.Length / TimeProvider.System.GetElapsedTime(start).TotalSeconds);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
