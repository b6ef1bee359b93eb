using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Servers;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A process with a cache of texts and one of counters, over one store.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly ICacheRegistry _registry;

    private Node(ServiceProvider services)
    {
        _services = services;
        Texts = services.GetRequiredService<ICache<string, string>>();
        Counters = services.GetRequiredService<ICache<string, long>>();
        _registry = services.GetRequiredService<ICacheRegistry>();
    }

    public ICache<string, string> Texts { get; }

    public ICache<string, long> Counters { get; }

    /// <summary>Why it is not ready; null where it is.</summary>
    public string? Problem => _registry.GetProblems() is { Count: > 0 } problems ? string.Join("; ", problems) : null;

    /// <summary>The processes that it sees.</summary>
    public ValueTask<IReadOnlyList<RemansoProcess>> ProcessesAsync() => _registry.GetProcessesAsync();

    public static WriteOptions Stored { get; } = new() { Durability = Durability.Stored };

    public static async Task<Node> StartAsync(
        string address,
        ScriptedStore store,
        Action<CacheOptions>? configure = null,
        bool flushes = true,
        string? role = null,
        Action<RedisOptions>? connect = null
    )
    {
        var services = new ServiceCollection();
        var redis = PatientOptions.Of(address);
        connect?.Invoke(redis);
        var builder = services.AddRemanso().UseRedis(redis).UseStore(_ => store);
        builder
            .AddCache<string, string>("texts", it => Set(it.Options, configure))
            .AddCache<string, long>("counters", it => Set(it.Options, configure));
        if (!flushes)
        {
            builder.WithoutFlusher();
        }

        if (role is not null)
        {
            builder.WithRole(role);
        }

        var node = new Node(services.BuildServiceProvider());
        foreach (var service in node._services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        return node;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static void Set(CacheOptions options, Action<CacheOptions>? configure)
    {
        options.Tier.Partitions = 4;
        options.Flush.Interval = TimeSpan.FromMilliseconds(20);
        configure?.Invoke(options);
    }
}
