using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>What the suites of whole caches share: caches of any type on the tier of the subclass, over a scripted store.</summary>
public abstract class CacheSuite : IAsyncLifetime
{
    private readonly List<ServiceProvider> _processes = [];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected ScriptedStore Store { get; } = new();

    /// <summary>A name that no other test's cache has.</summary>
    protected virtual string Name => "values";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    /// <summary>Chooses the tier.</summary>
    protected abstract void UseTier(RemansoBuilder builder);

    protected async Task<ICache<TKey, TValue>> StartAsync<TKey, TValue>(Action<CacheConfiguration<TKey, TValue>>? declare = null)
        where TKey : notnull
    {
        var services = new ServiceCollection();
        var builder = services.AddRemanso();
        UseTier(builder);
        builder.UseStore(_ => Store).AddCache<TKey, TValue>(Name, declare);
        var process = services.BuildServiceProvider();
        _processes.Add(process);
        foreach (var service in process.GetServices<IHostedService>())
        {
            await service.StartAsync(Cancellation);
        }

        return process.GetRequiredService<ICache<TKey, TValue>>();
    }
}
