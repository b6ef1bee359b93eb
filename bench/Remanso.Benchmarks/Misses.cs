using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks;

/// <summary>A key that is not there: one load, one fill.</summary>
public class Misses
{
    private const int KeyCount = 100_000;

    private static readonly ReadOnlyMemory<byte> _value = new byte[100];

    private ServiceProvider _services = null!;
    private ICache<string, ReadOnlyMemory<byte>> _cache = null!;
    private string[] _keys = null!;
    private int _next;

    // Not asynchronous: a set-up that has not ended when it returns is not waited for here.
    [GlobalSetup]
    public void SetUp()
    {
        (_services, _cache) = Caches.StartAsync().GetAwaiter().GetResult();
        _keys = Keys.Shuffled(KeyCount);
    }

    [GlobalCleanup]
    public void CleanUp() => _services.Dispose();

    /// <summary>The invalidation that makes the key miss again is part of what is measured.</summary>
    [Benchmark]
    public async ValueTask<int> InvalidateThenLoadAndFill()
    {
        var key = _keys[_next++ % KeyCount];
        await _cache.InvalidateAsync([key]);
        return (await _cache.GetOrLoadAsync(key, static (_, _) => new ValueTask<ReadOnlyMemory<byte>>(_value))).Value.Length;
    }
}
