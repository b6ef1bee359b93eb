using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Scale;

/// <summary>What a write costs with more and more callers, whose writes of one partition then leave together: how many in
/// a call, and the processor time of each side.</summary>
internal static class CallerCosts
{
    private const int KeyCount = 100_000;
    private const int Samples = 3;

    private static readonly TimeSpan _time = TimeSpan.FromSeconds(1.5);
    private static readonly byte[] _value = new byte[64];

    public static async Task RunAsync(CostFigures figures, string address)
    {
        await using var redis = new RedisServer(address);
        var keys = Keys.Shuffled(KeyCount);
        foreach (var callers in (int[])[8, 32, 64, 256, 512, 2048, 4096])
        {
            for (var sample = -1; sample < Samples; sample++)
            {
                await redis.EmptyAsync();
                var (services, cache) = await Caches.StartAsync(builder =>
                    builder.UseRedis(redis.Url).UseStore(_ => new HeldStore()).WithoutFlusher()
                );
                await using (services)
                {
                    await MeasureAsync(sample < 0 ? new CostFigures("") : figures, callers, redis, keys, cache);
                }
            }

            await figures.WriteAsync("callers", callers);
        }
    }

    private static async Task MeasureAsync(
        CostFigures figures,
        int callers,
        RedisServer redis,
        string[] keys,
        ICache<string, ReadOnlyMemory<byte>> cache
    )
    {
        var calls = await redis.ScriptCallsAsync();
        var reads = await redis.ReadsAsync();
        var server = await redis.ProcessorTimeAsync();
        var own = Environment.CpuUsage.TotalTime;
        var start = TimeProvider.System.GetTimestamp();
        var perSecond = await Callers.RunAsync(callers, _time, keys, key => cache.SetAsync(key, _value));
        var writes = perSecond * TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        figures.Add("write", "process", "µs", (Environment.CpuUsage.TotalTime - own).TotalMicroseconds / writes);
        figures.Add("write", "redis", "µs", (await redis.ProcessorTimeAsync() - server).TotalMicroseconds / writes);
        calls = await redis.ScriptCallsAsync() - calls;
        figures.Add("write", "in a call", "", writes / calls);
        figures.Add("call", "in a read", "", (double)calls / (await redis.ReadsAsync() - reads));
        figures.Add("write", "first of its key", "", (await cache.Operations.GetStatisticsAsync()).Dirty.Entries / writes);
        figures.Add("write", "rate", "/s", perSecond);
    }
}
