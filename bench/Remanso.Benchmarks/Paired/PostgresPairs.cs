using Microsoft.Extensions.DependencyInjection;
using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Paired;

/// <summary>
/// From Redis into PostgreSQL: rows per second of one worker, who takes, saves and settles, beside a bare loop that only
/// saves; and how many writes of hot keys the library takes while a worker in the same process stores them.
/// </summary>
internal static class PostgresPairs
{
    private const string Table = "bench_flush";
    private const int BatchSize = 1_000;
    private const int HotKeys = 100;
    private const int HotCallers = 512;
    private const double HotAim = 150_000;
    private const double SpreadAim = 120_000;

    private static readonly TimeSpan _hotTime = TimeSpan.FromSeconds(2);
    private static readonly byte[] _value = new byte[64];

    public static async IAsyncEnumerable<object> RunAsync(int rounds, int rows, string redisAddress, string postgres)
    {
        await using var redis = new RedisServer(redisAddress);
        var fresh = new PairResult("flush, fresh rows", "rows/s", Aim.AtLeast(0.75));
        var updated = new PairResult("flush, updated rows", "rows/s", Aim.AtLeast(0.75));
        var memory = new FigureResult("memory of Redis for a dirty key", " B", atMost: 220);
        var keys = Keys.Shuffled(rows);
        for (var round = -1; round < rounds; round++)
        {
            var oursFirst = round % 2 == 0;
            var bare = oursFirst ? default : await SaveBareAsync(keys, postgres);
            var ours = await FlushAsync(keys, redis, postgres);
            bare = oursFirst ? await SaveBareAsync(keys, postgres) : bare;
            if (round >= 0)
            {
                // The first round only warms up.
                fresh.Add(ours.Fresh, bare.Fresh);
                updated.Add(ours.Updated, bare.Updated);
                memory.Add(ours.BytesPerKey);
            }
        }

        yield return fresh;
        yield return updated;

        var writes = new FigureResult($"writes of {HotKeys} hot keys, {HotCallers} callers", "/s", HotAim);
        var coalesced = new FigureResult("of these, writes for a stored row", "");
        for (var round = 0; round < rounds; round++)
        {
            var (perSecond, perRow) = await WriteHotAsync(redis, postgres);
            writes.Add(perSecond);
            coalesced.Add(perRow);
        }

        var increments = new FigureResult($"increments of {HotKeys} hot counters, {HotCallers} callers", "/s");
        for (var round = 0; round < rounds; round++)
        {
            increments.Add(await IncrementHotAsync(redis, postgres));
        }

        var spread = new List<FigureResult>();
        foreach (var callers in (int[])[64, 512, 4096])
        {
            var figure = new FigureResult($"writes of {rows} keys, {callers} callers, no flush", "/s", SpreadAim);
            for (var round = 0; round < rounds; round++)
            {
                figure.Add(await WriteSpreadAsync(callers, keys, redis, postgres));
            }

            spread.Add(figure);
        }

        foreach (var figure in spread)
        {
            yield return figure;
        }

        yield return writes;
        yield return coalesced;
        yield return increments;
        yield return memory;
        await redis.EmptyAsync();
    }

    private static async Task<(Sample Fresh, Sample Updated, double BytesPerKey)> FlushAsync(
        string[] keys,
        RedisServer redis,
        string postgres
    )
    {
        await BareUnnestLoop.ExecuteAsync(postgres, $"DROP TABLE IF EXISTS {Table}");
        var (fresh, bytesPerKey) = await FillAndFlushAsync(keys, redis, postgres);
        var (updated, _) = await FillAndFlushAsync(keys, redis, postgres);
        return (fresh, updated, bytesPerKey);
    }

    private static async Task<(Sample Speed, double BytesPerKey)> FillAndFlushAsync(string[] keys, RedisServer redis, string postgres)
    {
        await redis.EmptyAsync();
        var bytesPerKey = await FillAsync(keys, redis, postgres);

        // The worker is up and connected when the time begins, and has taken nothing: its own first pass is an hour away.
        var (services, cache) = await StartAsync(redis, postgres, static options => options.Flush.Interval = TimeSpan.FromHours(1));
        await using (services)
        {
            var start = TimeProvider.System.GetTimestamp();
            var report = await cache.Operations.FlushAsync();
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            var after = await cache.Operations.GetStatisticsAsync();
            return after.Dirty.Entries == 0 && after.Flush.Stored == keys.Length
                ? (new Sample(keys.Length / elapsed.TotalSeconds), bytesPerKey)
                : throw new InvalidOperationException(
                    $"Of {keys.Length} rows {after.Flush.Stored} were stored, and {after.Dirty.Entries} are dirty: "
                        + (report.Failed.Count > 0 ? report.Failed.First().ToString() : "nothing failed")
                );
        }
    }

    private static async Task<double> FillAsync(string[] keys, RedisServer redis, string postgres)
    {
        var (services, cache) = await StartAsync(redis, postgres, configureBuilder: static builder => builder.WithoutFlusher());
        await using (services)
        {
            var before = await redis.UsedMemoryAsync();
            foreach (var chunk in keys.Chunk(BatchSize))
            {
                await cache.SetManyAsync([.. chunk.Select(static key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)_value))]);
            }

            var bytes = await redis.UsedMemoryAsync() - before;
            var dirty = (await cache.Operations.GetStatisticsAsync()).Dirty.Entries;
            return dirty == keys.Length
                ? (double)bytes / keys.Length
                : throw new InvalidOperationException($"Of {keys.Length} keys {dirty} are dirty.");
        }
    }

    private static async Task<(double PerSecond, double PerRow)> WriteHotAsync(RedisServer redis, string postgres)
    {
        await redis.EmptyAsync();
        var keys = Keys.InOrder(HotKeys);
        var (services, cache) = await StartAsync(redis, postgres);
        await using (services)
        {
            var perSecond = await Callers.RunAsync(HotCallers, _hotTime, keys, key => cache.SetAsync(key, _value));
            await cache.Operations.FlushAsync();
            var after = await cache.Operations.GetStatisticsAsync();
            return (perSecond, (double)after.Writes / after.Flush.Stored);
        }
    }

    private static async Task<double> WriteSpreadAsync(int callers, string[] keys, RedisServer redis, string postgres)
    {
        await redis.EmptyAsync();
        var (services, cache) = await StartAsync(redis, postgres, configureBuilder: static builder => builder.WithoutFlusher());
        await using (services)
        {
            return await Callers.RunAsync(callers, _hotTime, keys, key => cache.SetAsync(key, _value));
        }
    }

    private static async Task<double> IncrementHotAsync(RedisServer redis, string postgres)
    {
        await redis.EmptyAsync();
        await BareUnnestLoop.ExecuteAsync(postgres, $"DROP TABLE IF EXISTS {Table}");
        var (services, cache) = await StartAsync(redis, postgres);
        await using (services)
        {
            var perSecond = await Callers.RunAsync(HotCallers, _hotTime, Keys.InOrder(HotKeys), key => cache.IncrementAsync(key));
            await cache.Operations.FlushAsync();
            return perSecond;
        }
    }

    private static async Task<(Sample Fresh, Sample Updated)> SaveBareAsync(string[] keys, string postgres)
    {
        await using var loop = await BareUnnestLoop.CreateAsync(postgres);
        return (await SaveAsync(version: 1), await SaveAsync(version: 2));

        async Task<Sample> SaveAsync(long version)
        {
            var start = TimeProvider.System.GetTimestamp();
            await loop.SaveAsync(keys, _value, version, BatchSize);
            return new Sample(keys.Length / TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        }
    }

    private static Task<(ServiceProvider Services, ICache<string, ReadOnlyMemory<byte>> Cache)> StartAsync(
        RedisServer redis,
        string postgres,
        Action<CacheOptions>? configureCache = null,
        Func<RemansoBuilder, RemansoBuilder>? configureBuilder = null
    ) =>
        Caches.StartAsync(
            builder =>
            {
                builder.UseRedis(redis.Url).UsePostgres(postgres, static options => options.Table = SqlTableName.Parse(Table));
                configureBuilder?.Invoke(builder);
            },
            options =>
            {
                options.Flush.BatchSize = BatchSize;
                configureCache?.Invoke(options);
            }
        );
}
