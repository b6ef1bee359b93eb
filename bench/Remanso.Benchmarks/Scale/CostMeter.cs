using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Scale;

/// <summary>Takes the processor time of this process, and of a Redis, for some operations.</summary>
internal sealed class CostMeter(CostFigures figures, RedisServer? redis)
{
    /// <summary>Makes one sample.</summary>
    /// <param name="what">The operation's name.</param>
    /// <param name="operations">How many <paramref name="run"/> does.</param>
    /// <param name="run">Does them.</param>
    public async Task RunAsync(string what, int operations, Func<Task> run)
    {
        var server = redis is null ? TimeSpan.Zero : await redis.ProcessorTimeAsync();
        var own = Environment.CpuUsage.TotalTime;
        var start = TimeProvider.System.GetTimestamp();
        await run();
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        figures.Add(what, "process", "µs", (Environment.CpuUsage.TotalTime - own).TotalMicroseconds / operations);
        if (redis is not null)
        {
            figures.Add(what, "redis", "µs", (await redis.ProcessorTimeAsync() - server).TotalMicroseconds / operations);
        }

        figures.Add(what, "rate", "/s", operations / elapsed.TotalSeconds);
    }
}
