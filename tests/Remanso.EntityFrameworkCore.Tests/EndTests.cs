using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.EntityFrameworkCore.Tests.Shop;
using Xunit;

namespace Remanso.EntityFrameworkCore.Tests;

/// <summary>The end of caches whose connections come from the services that end with them.</summary>
public sealed class EndTests : IAsyncLifetime
{
    // Nobody waits for it: what can't come back is not waited for.
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remanso-ends-");
    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using var context = Open();
        await context.Database.EnsureCreatedAsync(_token);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(ServiceLifetime.Singleton)]
    [InlineData(ServiceLifetime.Scoped)]
    public async Task Caches_without_a_host_store_what_is_dirty(ServiceLifetime factory)
    {
        await using (var caches = await RemansoCaches.CreateAsync(remanso => Declare(remanso, factory), _token))
        {
            await caches.Get<OrderKey, Order>("orders").SetAsync(new OrderKey("north", 1), Some(), cancellationToken: _token);
        }

        await using var context = Open();
        Assert.Equal("first", (await context.Orders.SingleAsync(_token)).Note);
    }

    [Fact]
    public async Task Services_that_end_without_a_stop_are_told_at_once()
    {
        var log = new RecordingLog();
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(log);
        Declare(services.AddRemanso(), ServiceLifetime.Singleton);
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<ICache<OrderKey, Order>>().SetAsync(new OrderKey("north", 1), Some(), cancellationToken: _token);

        await provider.DisposeAsync().AsTask().WaitAsync(_patience, _token);

        Assert.Contains(log.Lines, static line => line.Contains("stop the host before", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_context_that_takes_what_can_be_disposed_of_asynchronously_alone_is_no_obstacle()
    {
        await using var caches = await RemansoCaches.CreateAsync(
            remanso =>
            {
                remanso.Services.AddScoped<Tenant>();
                remanso.Services.AddScoped(services =>
                {
                    services.GetRequiredService<Tenant>();
                    return Open();
                });
                DeclareCache(remanso);
            },
            _token
        );

        Assert.False((await caches.Get<OrderKey, Order>("orders").GetAsync(new OrderKey("north", 1), _token)).Found);
    }

    private string Address => $"Data Source={Path.Combine(_folder.FullName, "shop.db")};Pooling=False";

    private void Declare(RemansoBuilder remanso, ServiceLifetime factory)
    {
        remanso.Services.AddDbContextFactory<ShopContext>(options => options.UseSqlite(Address), factory);
        DeclareCache(remanso);
    }

    private static void DeclareCache(RemansoBuilder remanso) =>
        remanso
            .UseSqliteTables()
            .AddCache<OrderKey, Order>("orders", static cache =>
            {
                cache.UseEntity(static (ShopContext shop) => shop.Orders, static order => order.SoftDelete("Deleted"));
                (cache.Options.Flush.Interval, cache.Options.Flush.StopTimeout) = (TimeSpan.FromHours(1), _stopTimeout);
            });

    private ShopContext Open() => new(new DbContextOptionsBuilder<ShopContext>().UseSqlite(Address).Options);

    private static Order Some() => new("north", 1) { Note = "first" };

    private sealed class Tenant : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
