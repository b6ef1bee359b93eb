using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Remanso.Benchmarks.Workloads;

/// <summary>The same keys and values behind <see cref="HybridCache"/> and in a <see cref="MemoryCache"/>, with the same calls.</summary>
internal sealed class HybridWorkload<TValue, TKind> : IAsyncDisposable
    where TValue : class
    where TKind : struct, IValueKind<TValue>
{
    private readonly ServiceProvider _services;
    private readonly HybridCache _hybrid;
    private readonly MemoryCache _memory = new(new MemoryCacheOptions());
    private readonly string[] _walk;

    private HybridWorkload(ServiceProvider services, string[] walk)
    {
        _services = services;
        _hybrid = services.GetRequiredService<HybridCache>();
        _walk = walk;
    }

    /// <summary>How many keys a walk visits.</summary>
    public int Length => _walk.Length;

    /// <summary>Fills both with so many keys, which are then walked in random order.</summary>
    /// <param name="keys">How many.</param>
    /// <param name="redis">The address of a Redis, whose near copies are then read; the memory tier where empty.</param>
    public static async Task<HybridWorkload<TValue, TKind>> CreateAsync(int keys, string redis)
    {
        var collection = new ServiceCollection();
        var builder = collection.AddRemanso();
        if (redis.Length > 0)
        {
            builder.UseRedis($"redis://{redis}");
        }

        builder.AsHybridCache(static options =>
        {
            // Nothing may leave or expire while it is measured.
            options.Cache.Ttl.Base = TimeSpan.FromDays(365);
            options.Cache.Tier.MaxBytes = 1L << 30;
            options.Cache.Near.MaxAge = TimeSpan.FromHours(1);
            options.Cache.Near.MaxBytes = 1L << 30;
        });
        var services = collection.BuildServiceProvider();
        foreach (var service in services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        var workload = new HybridWorkload<TValue, TKind>(services, Keys.CopyOf(Keys.Shuffled(keys)));
        var ordered = Keys.InOrder(keys);
        for (var i = 0; i < keys; i++)
        {
            await workload._hybrid.GetOrCreateAsync(ordered[i], i, static (number, _) => ValueTask.FromResult(TKind.Create(number)));
            await workload._memory.GetOrCreateAsync(ordered[i], _ => Task.FromResult(TKind.Create(i)));
            await workload._memory.GetOrCreateAsync("bytes of " + ordered[i], _ =>
                Task.FromResult(JsonSerializer.SerializeToUtf8Bytes(TKind.Create(i)))
            );
        }

        GC.Collect();
        return workload;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TValue ReadHybrid(int position)
    {
        var read = _hybrid.GetOrCreateAsync<HybridWorkload<TValue, TKind>, TValue>(_walk[position], this, static (_, _) =>
            throw new InvalidOperationException("The key is not in the cache.")
        );
        return read.IsCompletedSuccessfully ? read.Result : throw new InvalidOperationException("The key is not at hand.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TValue ReadMemory(int position)
    {
        var read = _memory.GetOrCreateAsync<TValue>(_walk[position], static _ =>
            throw new InvalidOperationException("The key is not in the cache.")
        );
        return read.IsCompletedSuccessfully ? read.Result! : throw new InvalidOperationException("The key is not at hand.");
    }

    /// <summary>What gives each reader an object of its own, too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TValue ReadBytes(string key)
    {
        var read = _memory.GetOrCreateAsync<byte[]>(key, static _ => throw new InvalidOperationException("The key is not in the cache."));
        return JsonSerializer.Deserialize<TValue>(read.Result!)!;
    }

    /// <summary>The key of the bytes of the first value.</summary>
    public string BytesKey() => "bytes of " + Keys.InOrder(1)[0];

    public async ValueTask<int> MissHybridAsync()
    {
        await _hybrid.RemoveAsync(_walk[0]);
        await _hybrid.GetOrCreateAsync(_walk[0], 0, static (number, _) => ValueTask.FromResult(TKind.Create(number)));
        return 1;
    }

    public async ValueTask<int> MissMemoryAsync()
    {
        _memory.Remove(_walk[0]);
        await _memory.GetOrCreateAsync(_walk[0], static _ => Task.FromResult(TKind.Create(0)));
        return 1;
    }

    public ValueTask DisposeAsync()
    {
        _memory.Dispose();
        return _services.DisposeAsync();
    }
}
