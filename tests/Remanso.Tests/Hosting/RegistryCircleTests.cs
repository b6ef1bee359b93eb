using Microsoft.Extensions.DependencyInjection;
using Remanso.Testing;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>What makes a store while the caches are put together can't have one of them.</summary>
public sealed class RegistryCircleTests
{
    [Theory]
    [InlineData(typeof(ICache<int, string>))]
    [InlineData(typeof(ICache<string, string>))]
    [InlineData(typeof(ICacheRegistry))]
    public async Task A_store_whose_maker_asks_for_a_cache_is_refused_by_name(Type asked)
    {
        await using var services = Build(known => known.GetRequiredService(asked));

        for (var i = 0; i < 2; i++)
        {
            var error = Assert.Throws<CacheConfigurationException>(() => services.GetRequiredService<ICacheRegistry>());
            Assert.Contains("what makes the store of the cache 'orders'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_maker_that_asks_when_the_cache_is_used_is_not()
    {
        IServiceProvider? later = null;
        await using var services = Build(known => later = known);

        Assert.NotNull(services.GetRequiredService<ICache<string, string>>());

        Assert.NotNull(later!.GetRequiredService<ICache<int, string>>());
    }

    [Fact]
    public async Task Nor_is_one_that_puts_the_caches_of_another_application_together()
    {
        await using var other = Build(static _ => { });
        await using var services = Build(_ => other.GetRequiredService<ICacheRegistry>());

        Assert.NotNull(services.GetRequiredService<ICacheRegistry>());
    }

    private static ServiceProvider Build(Action<IServiceProvider> make)
    {
        var services = new ServiceCollection();
        services
            .AddRemanso()
            .AddCache<int, string>("currencies", static cache => cache.WithoutStore = true)
            .AddCache<string, string>("orders", cache => cache.Store = known =>
                {
                    make(known);
                    return new FakeStore<string, string>();
                });
        return services.BuildServiceProvider();
    }
}
