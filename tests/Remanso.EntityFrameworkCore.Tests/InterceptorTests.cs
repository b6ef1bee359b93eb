using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Remanso.EntityFrameworkCore.Tests.Shop;
using Xunit;

namespace Remanso.EntityFrameworkCore.Tests;

/// <summary>Interceptors of the context that a cache reads its model from.</summary>
public sealed class InterceptorTests
{
    [Fact]
    public async Task One_that_takes_the_cache_itself_is_refused_with_what_to_take_instead()
    {
        await using var services = Build(static known => new TakesCache(known.GetRequiredService<ICache<OrderKey, Order>>()));

        var error = Assert.Throws<CacheConfigurationException>(() => services.GetRequiredService<ICache<OrderKey, Order>>());

        Assert.Contains("the store of the cache 'orders'", error.Message, StringComparison.Ordinal);
        Assert.Contains("IServiceProvider", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_takes_the_services_has_the_cache_when_it_uses_it()
    {
        await using var services = Build(static known => new TakesServices(known));

        var orders = services.GetRequiredService<ICache<OrderKey, Order>>();

        Assert.Same(orders, services.GetRequiredService<TakesServices>().Orders);
    }

    private static ServiceProvider Build<T>(Func<IServiceProvider, T> make)
        where T : class, IInterceptor
    {
        var services = new ServiceCollection();
        services.AddSingleton(make);
        services.AddDbContextFactory<ShopContext>(
            static (known, options) => options.UseSqlite("Data Source=never-opened.db").AddInterceptors(known.GetRequiredService<T>())
        );
        services
            .AddRemanso()
            .UseSqliteTables()
            .AddCache<OrderKey, Order>("orders", static cache =>
                cache.UseEntity(static (ShopContext shop) => shop.Orders, static order => order.SoftDelete("Deleted"))
            );
        return services.BuildServiceProvider();
    }

    private sealed class TakesCache(ICache<OrderKey, Order> orders) : SaveChangesInterceptor
    {
        public ICache<OrderKey, Order> Orders => orders;
    }

    private sealed class TakesServices(IServiceProvider services) : SaveChangesInterceptor
    {
        public ICache<OrderKey, Order> Orders => services.GetRequiredService<ICache<OrderKey, Order>>();
    }
}
