using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace Remanso.Benchmarks.Workloads;

/// <summary>The same keys and values in a cache and in a dictionary, and the same walk through both.</summary>
internal sealed class ReadWorkload : IAsyncDisposable
{
    public const int ValueBytes = 100;

    private readonly ServiceProvider _services;
    private readonly ICache<string, ReadOnlyMemory<byte>> _cache;
    private readonly ConcurrentDictionary<string, byte[]> _dictionary = new();
    private readonly string[] _walk;
    private int _position;

    private ReadWorkload(ServiceProvider services, ICache<string, ReadOnlyMemory<byte>> cache, string[] walk)
    {
        _services = services;
        _cache = cache;
        _walk = walk;
    }

    /// <summary>Fills both with so many keys, which are then walked in random order.</summary>
    public static async Task<ReadWorkload> CreateAsync(int keys)
    {
        var (services, cache) = await Caches.StartAsync();
        var workload = new ReadWorkload(services, cache, Keys.CopyOf(Keys.Shuffled(keys)));
        foreach (var key in Keys.InOrder(keys))
        {
            // A value of its own in each, as neither would share it.
            await cache.SetAsync(key, new byte[ValueBytes]);
            workload._dictionary[key] = new byte[ValueBytes];
        }

        return workload;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadCache()
    {
        var read = _cache.GetAsync(NextKey());
        return read.IsCompletedSuccessfully ? read.Result.Value.Length : throw new InvalidOperationException("The key is not in memory.");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadDictionary() =>
        _dictionary.TryGetValue(NextKey(), out var value) ? value.Length : throw new InvalidOperationException("The key is not there.");

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private string NextKey()
    {
        var walk = _walk;
        var position = _position;
        if ((uint)position >= (uint)walk.Length)
        {
            position = 0;
        }

        _position = position + 1;
        return walk[position];
    }
}
