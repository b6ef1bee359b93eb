using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Tests.Hosting;

public sealed class CacheLoaderTests
{
    [Fact]
    public async Task A_cache_with_a_loader_of_its_own_loads_with_a_scope_for_each_load()
    {
        await using var services = Build(
            static cache => cache.UseLoader<Loader>(),
            static services => services.AddScoped<Scope>().AddSingleton<Counts>()
        );
        var cache = services.GetRequiredService<ICache<string, string>>();

        Assert.Equal("a!", (await cache.GetAsync("a")).Value);
        Assert.Equal("a!", (await cache.GetAsync("a")).Value);
        Assert.Equal(["b!", "c!"], (await cache.GetManyAsync(["b", "c"])).Values.Select(static read => read.Value));
        Assert.False((await cache.GetAsync("none")).Found);

        Assert.Equal((4, 4), (services.GetRequiredService<Counts>().Begun, services.GetRequiredService<Counts>().Disposed));
    }

    [Fact]
    public async Task At_most_K_loads_of_the_caches_own_loader_run_at_once_but_a_load_within_a_load_waits_for_no_place()
    {
        var gate = new Gate();
        int running = 0,
            most = 0;
        ICache<string, string>? cache = null;
        await using var services = Build(
            configuration =>
            {
                configuration.Options.Load.MaxConcurrent = 2;
                configuration.UseLoader(
                    async (_, context, token) =>
                    {
                        if (context.Key.StartsWith("inner", StringComparison.Ordinal))
                        {
                            return "inner";
                        }

                        most = Math.Max(most, Interlocked.Increment(ref running));
                        await gate.PassAsync(token);
                        var inner = await cache!.GetAsync("inner:" + context.Key, token);
                        Interlocked.Decrement(ref running);
                        return inner.Value;
                    }
                );
            },
            static _ => { }
        );
        cache = services.GetRequiredService<ICache<string, string>>();

        var reads = Enumerable.Range(0, 10).Select(i => cache.GetAsync($"k{i}").AsTask()).ToArray();
        await gate.ArrivedAsync(2);
        gate.Open();

        Assert.All(await Task.WhenAll(reads), static read => Assert.Equal("inner", read.Value));
        Assert.Equal(2, most);
    }

    [Fact]
    public void A_store_and_a_loader_are_one_too_many()
    {
        using var services = Build(
            static cache =>
            {
                cache.UseLoader<Loader>();
                cache.Store = static _ => throw new InvalidOperationException("must not be made");
            },
            static _ => { }
        );

        Assert.Contains(
            "'test'",
            Assert.Throws<CacheConfigurationException>(services.GetRequiredService<ICacheRegistry>).Message,
            StringComparison.Ordinal
        );
    }

    private static ServiceProvider Build(Action<CacheConfiguration<string, string>> configure, Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        add(services);
        services.AddRemanso().AddCache("test", configure);
        return services.BuildServiceProvider(validateScopes: true);
    }

    private sealed class Counts
    {
        public int Begun { get; set; }

        public int Disposed { get; set; }
    }

    private sealed class Scope(Counts counts) : IDisposable
    {
        public void Dispose() => counts.Disposed++;

        public void Use() => counts.Begun++;
    }

    private sealed class Loader(Scope scope) : ICacheLoader<string, string>
    {
        public ValueTask<string?> LoadAsync(LoadContext<string, string> context, CancellationToken cancellationToken)
        {
            scope.Use();
            return ValueTask.FromResult<string?>(context.Key == "none" ? null : context.Key + "!");
        }
    }
}
