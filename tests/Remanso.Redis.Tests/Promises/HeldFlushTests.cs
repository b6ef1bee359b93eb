using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.Hosting;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A worker with dirty entries on a Redis that refuses writes: nothing fails at an entry, and it is told all the same.</summary>
public sealed class HeldFlushTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_tells_once_that_it_can_t_flush_and_once_that_it_goes_on(bool isDisk)
    {
        await using var server = await RedisProcess.StartAsync();
        var store = new ScriptedStore();
        using var log = new RecordingLog();
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(log);
        services
            .AddRemanso()
            .UseRedis(PatientOptions.Of(server.Address))
            .UseStore(_ => store)
            .AddCache<string, string>(TierServer.NewCache(), static cache => cache.Options.Flush.Interval = TimeSpan.FromMilliseconds(50));
        await using var running = services.BuildServiceProvider();
        await Hosted.StartAsync(running);
        var cache = running.GetRequiredService<ICache<string, string>>();
        var saving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.BeforeSave = _ =>
        {
            saving.TrySetResult();
            return hold.Task;
        };
        await cache.SetAsync("k", "v");
        await saving.Task.WaitAsync(Cancelled);
        await (isDisk ? server.FillDiskAsync() : server.CliAsync("CONFIG", "SET", "min-replicas-to-write", "1"));
        hold.SetResult();

        await Until.TrueAsync(() => Lines("nothing can be flushed") == 1, "it tells that it can't flush");
        Assert.Contains(log.Lines, line => line.Contains(isDisk ? "MISCONF" : "NOREPLICAS", StringComparison.Ordinal));
        var errors = Errors();
        await Until.TrueAsync(() => Errors() > errors + 3, "it tries on, and counts it");
        Assert.Equal((1, 0), (Lines("nothing can be flushed"), Lines("the flush goes on")));
        Assert.Equal(0, Lines("the tier can't be reached"));

        await server.CliAsync("CONFIG", "SET", "min-replicas-to-write", "0");
        await server.CliAsync("CONFIG", "SET", "save", "");
        await Until.TrueAsync(() => Lines("the flush goes on") == 1, "it tells that it goes on");
        await cache.Operations.FlushAsync(Cancelled);
        Assert.Equal("v", store.Text("k"));
        Assert.Equal((1, 1), (Lines("nothing can be flushed"), Lines("the flush goes on")));

        int Lines(string text) => log.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));

        long Errors() => running.GetRequiredService<CacheRegistry>().Runtimes.Single().Counters.FlushErrors.Value;
    }
}
