using Microsoft.Extensions.DependencyInjection;
using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Scale;

/// <summary>
/// A write, a read and a flushed row on one tier that holds so many keys. The store costs nothing: what a database needs
/// is <see cref="PostgresCosts"/>.
/// </summary>
internal static class TierCosts
{
    private const int Callers = 64;

    // What is not measured goes fast.
    private const int FillingCallers = 4_096;
    private const int Samples = 5;
    private const int MostOperations = 100_000;
    private const int WarmUp = 20_000;

    private static readonly byte[] _value = new byte[64];

    public static async Task RunAsync(CostFigures figures, int keys, string? redis)
    {
        await using var server = redis is null ? null : new RedisServer(redis);

        // What the compiler and the pools do at first is nobody's cost.
        await RunAsync(new CostFigures(""), WarmUp, server);
        for (var rounds = Math.Max(1, Math.Min(5, 1_000_000 / keys)); rounds > 0; rounds--)
        {
            await RunAsync(figures, keys, server);
        }

        await figures.WriteAsync(redis is null ? "memory" : "redis", keys);
    }

    private static async Task RunAsync(CostFigures figures, int keys, RedisServer? redis)
    {
        if (redis is not null)
        {
            await redis.EmptyAsync();
        }

        var meter = new CostMeter(figures, redis);
        var names = new ManyKeys(keys);
        var store = new HeldStore();
        var (services, cache) = await StartAsync(store, keys, redis);
        await using (services)
        {
            await FillAsync(figures, meter, cache, names, keys, redis);
            var length = Math.Min(keys, MostOperations);
            for (var i = 0; i < Samples; i++)
            {
                await RunAsync("write of a dirty key", names.Some(length), key => cache.SetAsync(key, _value));
            }

            store.Release();
            await meter.RunAsync("flushed row, all keys", keys, () => cache.Operations.FlushAsync().AsTask());
            for (var i = 0; i < Samples; i++)
            {
                await RunAsync("read, hit in the tier", names.Some(length), key => cache.GetAsync(key));
            }

            for (var i = 0; i < Samples; i++)
            {
                store.Hold();
                await RunAsync("write of a clean key", names.Some(length), key => cache.SetAsync(key, _value));
                store.Release();
                await meter.RunAsync("flushed row, some keys", length, () => cache.Operations.FlushAsync().AsTask());
            }
        }

        Task RunAsync<T>(string what, string[] some, Func<string, ValueTask<T>> call) =>
            meter.RunAsync(what, some.Length, () => RunEachAsync(redis is null ? 1 : Callers, some, call));
    }

    private static async Task FillAsync(
        CostFigures figures,
        CostMeter meter,
        ICache<string, ReadOnlyMemory<byte>> cache,
        ManyKeys names,
        int keys,
        RedisServer? redis
    )
    {
        var before = await MemoryAsync(redis);
        var part = Math.Min(keys / Samples, MostOperations);
        for (var at = 0; at < keys; at += part)
        {
            var some = names.ToFill(at, Math.Min(part, keys - at));

            // What is told is the cost of the last ones, where most keys are there.
            if (at >= keys - (Samples * part))
            {
                await meter.RunAsync("first write of a key", some.Length, () => WriteAsync(some, redis is null ? 1 : Callers));
            }
            else
            {
                await WriteAsync(some, redis is null ? 1 : FillingCallers);
            }
        }

        figures.Add("dirty key", "memory", "B", (double)(await MemoryAsync(redis) - before) / keys);

        Task WriteAsync(string[] some, int callers) => RunEachAsync(callers, some, key => cache.SetAsync(key, _value));
    }

    private static async Task<long> MemoryAsync(RedisServer? redis) =>
        redis is null ? GC.GetTotalMemory(forceFullCollection: true) : await redis.UsedMemoryAsync();

    /// <summary>Calls once for each key, by so many callers, each with one call under way.</summary>
    private static Task RunEachAsync<T>(int callers, string[] keys, Func<string, ValueTask<T>> call)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, callers).Select(_ => CallAsync()));

        async Task CallAsync()
        {
            for (var i = Interlocked.Increment(ref next); i < keys.Length; i = Interlocked.Increment(ref next))
            {
                await call(keys[i]);
            }
        }
    }

    private static Task<(ServiceProvider Services, ICache<string, ReadOnlyMemory<byte>> Cache)> StartAsync(
        HeldStore store,
        int keys,
        RedisServer? redis
    ) =>
        Caches.StartAsync(
            builder =>
            {
                builder.UseStore(_ => store);
                if (redis is not null)
                {
                    builder.UseRedis(redis.Url);
                }
            },
            options =>
            {
                options.Flush.Interval = TimeSpan.FromHours(1);
                options.Tier.MaxBytes = 64L << 30;
                options.Tier.MaxDirtyEntries = 2L * keys;
            }
        );
}
