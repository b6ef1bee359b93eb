using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.Hosting;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A process with one cache, whose store holds up what it is asked to save.</summary>
internal sealed class HeldWorker : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly TaskCompletionSource _saving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _hold = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HeldWorker(RedisOptions server, string name, int? partitions)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(Log);
        services
            .AddRemanso()
            .UseRedis(server)
            .UseStore(_ => Store)
            .AddCache<string, string>(name, cache =>
            {
                cache.Options.Tier.Partitions = partitions ?? cache.Options.Tier.Partitions;
                cache.Options.Flush.Interval = TimeSpan.FromMilliseconds(50);
            });
        _services = services.BuildServiceProvider();
        Cache = _services.GetRequiredService<ICache<string, string>>();
        Runtime = _services.GetRequiredService<CacheRegistry>().Runtimes.Single();
    }

    public ScriptedStore Store { get; } = new();

    public RecordingLog Log { get; } = new();

    public ICache<string, string> Cache { get; }

    public CacheRuntime Runtime { get; }

    public static async Task<HeldWorker> StartAsync(RedisOptions server, string? name = null, int? partitions = null)
    {
        var worker = new HeldWorker(server, name ?? TierServer.NewCache(), partitions);
        await Hosted.StartAsync(worker._services);
        return worker;
    }

    public long FlushErrors => Runtime.Counters.FlushErrors.Value;

    /// <summary>How many lines of its log have a text.</summary>
    public int Lines(string text) => Log.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>Writes, and returns when the store is asked to save that, which it doesn't before <see cref="EndSave"/>.</summary>
    public async Task BeginSaveAsync(string key)
    {
        Store.BeforeSave = _ =>
        {
            _saving.TrySetResult();
            return _hold.Task;
        };
        await Cache.SetAsync(key, "v");
        await _saving.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    public void EndSave() => _hold.SetResult();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Log.Dispose();
    }
}
