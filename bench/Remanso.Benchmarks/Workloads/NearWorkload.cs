using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using BitFaster.Caching.Lfu;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Remanso.Benchmarks.Workloads;

/// <summary>The same keys and objects in a near cache, a dictionary, a <see cref="MemoryCache"/> and two caches of
/// BitFaster.Caching, and the same walk through all of them.</summary>
/// <remarks>The kind is a struct, so that each kind of values gets its own compiled code here, as the callers of two
/// caches have it; the library's is shared by both.</remarks>
internal sealed class NearWorkload<TValue, TKind> : IAsyncDisposable
    where TValue : class
    where TKind : struct, IValueKind<TValue>
{
    private readonly ServiceProvider _services;
    private readonly ICache<string, TValue> _cache;
    private readonly ConcurrentDictionary<string, TValue> _dictionary = new();
    private readonly MemoryCache _memory = new(new MemoryCacheOptions());
    private readonly ConcurrentLru<string, TValue> _lru;
    private readonly ConcurrentLfu<string, TValue> _lfu;
    private readonly string[] _walk;

    private NearWorkload(ServiceProvider services, string[] walk)
    {
        _services = services;
        _cache = services.GetRequiredService<ICache<string, TValue>>();
        _walk = walk;

        // Nothing may leave either: both sides hold all keys, with room to spare for the parts they keep apart.
        _lru = new ConcurrentLru<string, TValue>(Math.Max(10, 4 * walk.Length));
        _lfu = new ConcurrentLfu<string, TValue>(Math.Max(10, 4 * walk.Length));
    }

    /// <summary>How many keys a walk visits.</summary>
    public int Length => _walk.Length;

    /// <summary>Fills all with so many keys, which are then walked in random order.</summary>
    public static async Task<NearWorkload<TValue, TKind>> CreateAsync(int keys)
    {
        var collection = new ServiceCollection();
        collection
            .AddRemanso()
            .WithoutStore()
            .AddCache<string, TValue>(Caches.Name, static cache =>
            {
                // Nothing may leave or expire while it is measured.
                cache.Options.Ttl.Base = TimeSpan.FromDays(365);
                cache.Options.Tier.MaxBytes = 1L << 30;
                cache.Options.Near.Enabled = true;
                cache.Options.Near.MaxAge = TimeSpan.FromHours(1);
                cache.Options.Near.MaxBytes = 1L << 30;
            });
        var services = collection.BuildServiceProvider();
        foreach (var service in services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        var workload = new NearWorkload<TValue, TKind>(services, Keys.CopyOf(Keys.Shuffled(keys)));
        var ordered = Keys.InOrder(keys);
        for (var i = 0; i < keys; i++)
        {
            await workload._cache.SetAsync(ordered[i], TKind.Create(i));
            await workload._cache.GetAsync(ordered[i]);

            // A value of its own in each, as none would share it.
            workload._dictionary[ordered[i]] = TKind.Create(i);
            using var entry = workload._memory.CreateEntry(ordered[i]);
            entry.Value = TKind.Create(i);
            entry.AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1);
            workload._lru.AddOrUpdate(ordered[i], TKind.Create(i));
            workload._lfu.AddOrUpdate(ordered[i], TKind.Create(i));
        }

        // What a collector would move while it is measured moves now.
        GC.Collect();
        return workload;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TValue ReadNear(int position)
    {
        var read = _cache.GetAsync(_walk[position]);
        return read.IsCompletedSuccessfully && read.Result is { Source: ReadSource.Near, Value: { } value }
            ? value
            : throw new InvalidOperationException("The key is not in the near cache.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TValue ReadDictionary(int position) =>
        _dictionary.TryGetValue(_walk[position], out var value) ? value : throw new InvalidOperationException("The key is not there.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TValue ReadMemory(int position) =>
        _memory.TryGetValue(_walk[position], out TValue? value) && value is not null
            ? value
            : throw new InvalidOperationException("The key is not there.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TValue ReadLru(int position) =>
        _lru.TryGet(_walk[position], out var value) ? value : throw new InvalidOperationException("The key is not there.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TValue ReadLfu(int position) =>
        _lfu.TryGet(_walk[position], out var value) ? value : throw new InvalidOperationException("The key is not there.");

    public ValueTask DisposeAsync()
    {
        _memory.Dispose();
        return _services.DisposeAsync();
    }
}
