using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks;

/// <summary>A write that the memory tier accepts, with a store behind it that costs nothing; what it costs to flush is
/// part of it.</summary>
public class Writes
{
    private static readonly ReadOnlyMemory<byte> _value = new byte[100];

    private ServiceProvider _services = null!;
    private ICache<string, ReadOnlyMemory<byte>> _cache = null!;
    private string[] _keys = null!;
    private int _next;

    // Not asynchronous: a set-up that has not ended when it returns is not waited for here.
    [GlobalSetup]
    public void SetUp()
    {
        (_services, _cache) = Caches.StartAsync(static builder => builder.UseStore(static _ => new NullStore())).GetAwaiter().GetResult();
        _keys = Keys.Shuffled(100_000);
    }

    [GlobalCleanup]
    public void CleanUp() => _services.Dispose();

    /// <summary>One hot key: all but the first write of a flush coalesce.</summary>
    [Benchmark]
    public ValueTask<long> SameKey() => WriteAsync("load-00000042");

    /// <summary>Each key again after 100,000 others.</summary>
    [Benchmark]
    public ValueTask<long> ManyKeys() => WriteAsync(_keys[_next++ % _keys.Length]);

    /// <summary>A key that was never there; making its text is part of what is measured.</summary>
    [Benchmark]
    public ValueTask<long> NewKey() => WriteAsync($"new-{_next++}");

    private async ValueTask<long> WriteAsync(string key)
    {
        while (true)
        {
            try
            {
                return (await _cache.SetAsync(key, _value)).Version;
            }
            catch (BackPressureException)
            {
                // Writes can't be faster than the flush for long, whatever the tier would take in one moment.
                await _cache.Operations.FlushAsync();
            }
        }
    }
}
