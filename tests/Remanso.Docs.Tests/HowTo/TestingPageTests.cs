using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Remanso.Stores;
using Remanso.Testing;

namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/testing.md</c> lists.</summary>
public sealed class TestingPageTests
{
    [Fact]
    public async Task Code_under_test()
    {
        await using var test = await TestCache.StartAsync<int, string>();
        await new Renaming(test.Cache).RenameAsync(42, "Alice"); // your code, which takes an ICache<int, string>

        await test.AssertStoredAsync(42, "Alice");
        Assert.Single(test.Store.Batches); // one batch, however many writes
    }

    [Fact]
    public async Task A_burst_is_one_query()
    {
        await using var test = await TestCache.StartAsync<int, string>();
        Task<ReadResult<string>>[] readers;
        using (test.Store.HoldLoads())
        {
            readers = [.. Enumerable.Range(0, 100).Select(_ => test.Cache.GetAsync(42).AsTask())];
        }

        await Task.WhenAll(readers);
        Assert.Single(test.Store.Queries);
    }

    [Fact]
    public async Task The_clock_is_moved_by_the_test()
    {
        await using var test = await TestCache.StartAsync<int, string>(cache => cache.Options.Ttl.Base = TimeSpan.FromMinutes(1));
        test.Store.Put(1, "old");
        await test.Cache.GetAsync(1);
        test.Store.Put(1, "new", version: 2);
        test.Time.Advance(TimeSpan.FromMinutes(2)); // past the jitter, too
        Assert.Equal("new", (await test.Cache.GetAsync(1)).Value);
    }

    [Fact]
    public void A_clock_of_an_application()
    {
        var time = new ManualTimeProvider();
        using var host = Host.CreateDefaultBuilder()
            .ConfigureWebHost(builder =>
            {
                builder.UseTestServer().Configure(static _ => { });
                builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(time)); // a ManualTimeProvider
            })
            .Build();
        Assert.Same(time, host.Services.GetRequiredService<TimeProvider>());
    }

    [Fact]
    public async Task An_application_whose_database_went_first_ends_on_a_clock_that_stands()
    {
        var time = new ManualTimeProvider();
        var store = new FakeStore<int, string>();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddRemanso().AddCache<int, string>("names", cache => cache.Store = _ => store);
        var factory = new Application(builder.Build());
        await factory.StartAsync();
        await factory.Names.SetAsync(42, "Alice");
        store.FailSaves(new StoreException("away", isTransient: true));

        var ends = EndAsync();
        await ends.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);

        Assert.Empty(store.Values);

        async Task EndAsync()
        {
            await time.AdvanceUntilAsync(factory.DisposeAsync().AsTask());
        }
    }

    /// <summary>Ends as a factory of an application does.</summary>
    private sealed class Application(IHost host) : IAsyncDisposable
    {
        public ICache<int, string> Names => host.Services.GetRequiredService<ICache<int, string>>();

        public Task StartAsync() => host.StartAsync();

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }

    private sealed class Renaming(ICache<int, string> names)
    {
        public async Task RenameAsync(int id, string name) => await names.SetAsync(id, name);
    }
}
