using BenchmarkDotNet.Attributes;
using Remanso.ReadThrough;

namespace Remanso.Benchmarks;

/// <summary>Part of every fill and every settlement.</summary>
public class Jitters
{
    private readonly TimeSpan _base = TimeSpan.FromMinutes(5);

    [Benchmark]
    public TimeSpan TtlJitterApply() => TtlJitter.Apply(_base, TtlJitter.Default, Random.Shared.NextDouble());
}
