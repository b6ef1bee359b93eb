using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Stores;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A database that is there or not.</summary>
internal sealed class UnreachableStore : IBackingStore<string, ReadOnlyMemory<byte>>, IStoreProvider
{
    /// <summary>What its errors call it.</summary>
    public const string Name = "the database at nowhere";

    public bool IsReachable { get; set; }

    /// <summary>Whether it throws only after it has let go of its caller's thread, as a driver does.</summary>
    public bool ThrowsLater { get; init; }

    public string Description => "nowhere";

    public IStoreChangeFeed? Changes => null;

    public static async Task<Process> StartAsync(string address, UnreachableStore store)
    {
        var services = new ServiceCollection();
        services.AddRemanso().UseRedis(address).UseStore(_ => store).AddCache<string, string>("texts");
        var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        return new Process(provider);
    }

    public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) => this;

    public ValueTask InitializeAsync(CancellationToken cancellationToken) =>
        IsReachable ? ValueTask.CompletedTask
        : ThrowsLater ? ThrowAsync()
        : throw Unreachable();

    public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    ) => IsReachable ? new([]) : throw Unreachable();

    public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    ) => IsReachable ? new([.. batch.Select(static _ => SaveOutcome.Applied)]) : throw Unreachable();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async ValueTask ThrowAsync()
    {
        await Task.Yield();
        throw Unreachable();
    }

    private static StoreException Unreachable() => new($"{Name} can't be reached", isTransient: true);

    /// <summary>A process that uses it.</summary>
    internal sealed class Process(ServiceProvider services) : IAsyncDisposable
    {
        public ICache<string, string> Cache { get; } = services.GetRequiredService<ICache<string, string>>();

        public string? Problem =>
            services.GetRequiredService<ICacheRegistry>().GetProblems() is { Count: > 0 } problems ? string.Join("; ", problems) : null;

        public ValueTask DisposeAsync() => services.DisposeAsync();
    }
}
