using Microsoft.Extensions.DependencyInjection;
using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Scale;

/// <summary>A hit in a near cache that holds so many keys, on the memory tier; on Redis it is the same code.</summary>
internal static class NearCosts
{
    private const int Samples = 15;
    private const int MostOperations = 100_000;

    private static readonly byte[] _value = new byte[64];

    public static async Task RunAsync(CostFigures figures, int keys)
    {
        var (services, cache) = await Caches.StartAsync(configureCache: static options =>
        {
            options.Tier.MaxBytes = 64L << 30;
            options.Near.Enabled = true;
            options.Near.MaxAge = TimeSpan.FromHours(1);
            options.Near.MaxBytes = 64L << 30;
            options.Near.MaxEntries = 20_000_000;
        });
        await using (services)
        {
            var names = new ManyKeys(keys);
            var length = Math.Min(keys, MostOperations);
            for (var at = 0; at < keys; at += length)
            {
                foreach (var key in names.ToFill(at, length))
                {
                    await cache.SetAsync(key, _value);
                    await cache.GetAsync(key);
                }
            }

            GC.Collect();
            var meter = new CostMeter(figures, redis: null);
            for (var i = -5; i < Samples; i++)
            {
                var some = names.Some(length);
                if (i < 0)
                {
                    Read(cache, some);
                }
                else
                {
                    // Of few keys several walks, that the sample be longer than what disturbs it.
                    await meter.RunAsync("read, hit in the near cache", MostOperations, () =>
                    {
                        for (var walk = 0; walk < MostOperations / length; walk++)
                        {
                            Read(cache, some);
                        }

                        return Task.CompletedTask;
                    });
                }
            }
        }

        await figures.WriteAsync("near", keys);
    }

    private static void Read(ICache<string, ReadOnlyMemory<byte>> cache, string[] keys)
    {
        foreach (var key in keys)
        {
            var read = cache.GetAsync(key);
            if (!read.IsCompletedSuccessfully || read.Result.Source != ReadSource.Near)
            {
                throw new InvalidOperationException($"'{key}' is not in the near cache.");
            }
        }
    }
}
