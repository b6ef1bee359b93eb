using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Support;
using Remanso.Hosting;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>A cache of strings on Redis, put together by the public surface as a process of its own would.</summary>
internal sealed class CacheProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private CacheProcess(ServiceProvider services)
    {
        _services = services;
        Cache = services.GetRequiredService<ICache<string, string>>();
    }

    public ICache<string, string> Cache { get; }

    /// <summary>The partitions that it flushes now.</summary>
    public IReadOnlyList<int> Partitions => _services.GetRequiredService<CacheRegistry>().Runtimes.Single().Flusher!.Partitions;

    /// <summary>Why it is not ready; null where it is.</summary>
    public string? Problem =>
        _services.GetRequiredService<ICacheRegistry>().GetProblems() is { Count: > 0 } problems ? string.Join("; ", problems) : null;

    /// <summary>What it tells of itself, also where a tier, or a part of it, is away.</summary>
    public async Task<CacheStatistics> LastStatisticsAsync() =>
        (
            await _services.GetRequiredService<ICacheRegistry>().GetLastStatisticsAsync(TestContext.Current.CancellationToken)
        ).Values.Single();

    public static Task<CacheProcess> StartAsync(
        string address,
        string cache,
        ScriptedStore store,
        Action<CacheOptions>? configure = null
    ) => DeclareAsync(address, cache, store, it => configure?.Invoke(it.Options));

    public static Task<CacheProcess> DeclareAsync(
        string address,
        string cache,
        ScriptedStore store,
        Action<CacheConfiguration<string, string>> declare
    ) => DeclareAsync(PatientOptions.Of(address), cache, store, declare);

    public static async Task<CacheProcess> DeclareAsync(
        RedisOptions options,
        string cache,
        ScriptedStore store,
        Action<CacheConfiguration<string, string>> declare
    )
    {
        var services = new ServiceCollection();
        services.AddRemanso().UseRedis(options).UseStore(_ => store).AddCache(cache, declare);
        var process = new CacheProcess(services.BuildServiceProvider());
        await Hosted.StartAsync(process._services);
        return process;
    }

    /// <summary>As a host does when it ends.</summary>
    public Task StopAsync() => Hosted.StopAsync(_services);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
