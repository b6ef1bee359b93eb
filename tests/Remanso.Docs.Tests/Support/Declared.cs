namespace Remanso.Docs.Tests.Support;

/// <summary>Starts caches that a listing declares for servers by the names of a page, on those that are here.</summary>
internal static class Declared
{
    /// <summary>An application whose log is quiet.</summary>
    public static HostApplicationBuilder Builder() => Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

    /// <summary>Runs the host of what is declared.</summary>
    public static async Task RunAsync(HostApplicationBuilder builder, Func<IServiceProvider, Task> use)
    {
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        await use(host.Services);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Writes and reads one entry.</summary>
    public static async Task UseAsync<TKey, TValue>(IServiceProvider services, TKey key, TValue value)
        where TKey : notnull
    {
        var cache = services.GetRequiredService<ICache<TKey, TValue>>();
        await cache.SetAsync(key, value, new WriteOptions { Durability = Durability.Stored });
        await cache.InvalidateAllAsync();
        Assert.True((await cache.GetAsync(key)).Found);
    }
}
