using System.Collections.Concurrent;
using System.Globalization;

namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>A tier that holds a fraction of the keys, in a storm of reads, writes and removes.</summary>
/// <remarks>The model knows of each key the highest version that was acknowledged. A read that begins afterwards must
/// give that version or a later one, and no version may ever be seen with two values.</remarks>
public sealed class TinyTierTests(Servers servers)
{
    private const int Keys = 400;
    private const int Workers = 8;

    private static readonly TimeSpan _storm = Scale.IsFull ? TimeSpan.FromSeconds(30) : TimeSpan.FromSeconds(1);

    [Theory]
    [EveryCombination]
    public async Task A_tiny_tier_in_a_storm_never_forgets_a_write(TierKind tier, StoreKind store)
    {
        await using var redis = tier == TierKind.Redis ? await SmallRedis.StartAsync() : null;
        await using var deployment = await Deployment.StartAsync(servers, tier, store, Shrink, redis: redis?.Process);
        var model = new Model();
        foreach (var keys in Enumerable.Range(0, Keys).Chunk(10))
        {
            foreach (var key in keys)
            {
                await SetAsync(deployment.Cache, model, key, new Random(key));
            }

            await deployment.FlushAsync();
        }

        await (redis?.LeaveAsync(-(64 << 10)) ?? Task.CompletedTask);

        await Task.WhenAll(
            Enumerable.Range(0, Workers).Select(worker => Task.Run(() => RageAsync(deployment.Cache, model, new Random(worker))))
        );

        await deployment.FlushAsync();
        var statistics = await deployment.Cache.Operations.GetStatisticsAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{statistics}");
        Assert.True(statistics.Loads.Keys > 0, "Everything had room.");
        Assert.True(redis is null || await redis.CountEvictedAsync() > 0, "Redis had room for all.");
        for (var key = 0; key < Keys; key++)
        {
            var (version, value) = model.Last(key);
            var row = await deployment.Database.ReadAsync(Name(key));
            Assert.Equal((version, value is null), (row?.Version ?? 0, row?.Deleted ?? true));
            if (value is not null)
            {
                Assert.Equal(value, row!.Value);
            }
        }
    }

    private static void Shrink(CacheOptions options)
    {
        options.Flush.Interval = TimeSpan.FromMilliseconds(5);
        options.Tier.MaxBytes = 64 << 10;
        options.MaxValueBytes = 1 << 10;
        options.Near.Enabled = true;
        options.Near.MaxEntries = 20;
    }

    private static string Name(int key) => $"key {key}";

    private static async Task SetAsync(ICache<string, string> cache, Model model, int key, Random random)
    {
        var value = random.Next().ToString(CultureInfo.InvariantCulture).PadLeft(random.Next(50, 1000), '.');
        model.Acknowledge(key, (await cache.SetAsync(Name(key), value)).Version, value);
    }

    private static async Task RageAsync(ICache<string, string> cache, Model model, Random random)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < _storm)
        {
            var key = random.Next(Keys);
            try
            {
                switch (random.Next(10))
                {
                    case < 5:
                        var acknowledged = model.Highest(key);
                        var read = await cache.GetAsync(Name(key));
                        Assert.True(
                            read.Version >= acknowledged,
                            $"{Name(key)}: version {acknowledged} was acknowledged, and {read.Version} is read "
                                + $"({read.Source}, {read.Flags})."
                        );
                        model.See(key, read.Version, read.Value);
                        break;
                    case < 9:
                        await SetAsync(cache, model, key, random);
                        break;
                    default:
                        model.Acknowledge(key, (await cache.RemoveAsync(Name(key))).Version, null);
                        break;
                }
            }
            catch (BackPressureException)
            {
                // Nothing was written.
                await Task.Yield();
            }
        }
    }

    private sealed class Model
    {
        private readonly long[] _highest = new long[Keys];
        private readonly ConcurrentDictionary<(int Key, long Version), string?> _values = new();

        public long Highest(int key) => Volatile.Read(ref _highest[key]);

        public (long Version, string? Value) Last(int key) =>
            Highest(key) is > 0 and var version ? (version, _values[(key, version)]) : (0, null);

        public void See(int key, long version, string? value)
        {
            if (version > 0)
            {
                Assert.Equal(_values.GetOrAdd((key, version), value), value);
            }
        }

        public void Acknowledge(int key, long version, string? value)
        {
            See(key, version, value);
            var seen = Highest(key);
            while (seen < version)
            {
                var before = Interlocked.CompareExchange(ref _highest[key], version, seen);
                if (before == seen)
                {
                    return;
                }

                seen = before;
            }
        }
    }
}
