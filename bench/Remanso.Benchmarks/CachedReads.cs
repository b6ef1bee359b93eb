using BenchmarkDotNet.Attributes;
using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks;

/// <summary>A read that memory answers, against the dictionary that a cache at its best could be.</summary>
public class CachedReads
{
    private ReadWorkload _workload = null!;

    /// <summary>One hot key, or more than the processor's caches hold.</summary>
    [Params(1, 100_000)]
    public int KeyCount { get; set; }

    // Not asynchronous: a set-up that has not ended when it returns is not waited for here.
    [GlobalSetup]
    public void SetUp() => _workload = ReadWorkload.CreateAsync(KeyCount).GetAwaiter().GetResult();

    [GlobalCleanup]
    public void CleanUp() => _workload.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Benchmark]
    public int CacheGet() => _workload.ReadCache();

    [Benchmark(Baseline = true)]
    public int DictionaryTryGetValue() => _workload.ReadDictionary();
}
