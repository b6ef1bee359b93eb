using BenchmarkDotNet.Attributes;
using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks;

/// <summary>What it costs to be ready to share a load that nobody shares.</summary>
public class SingleFlights
{
    private readonly FlightWorkload _workload = new();

    /// <summary>Whether the load has its value at once, or after a hop over the thread pool.</summary>
    [Params(true, false)]
    public bool Synchronous { get; set; }

    [Benchmark]
    public ValueTask<int> SingleFlight() => _workload.FlyAsync(Synchronous);

    [Benchmark(Baseline = true)]
    public ValueTask<int> BareCompletionSource() => _workload.BareAsync(Synchronous);
}
