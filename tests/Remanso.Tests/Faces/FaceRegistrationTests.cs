using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Remanso.Conformance.Faces;
using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Faces;

public sealed class FaceRegistrationTests : IAsyncDisposable
{
    private readonly List<FaceProcess> _processes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_largest_value_is_the_one_that_is_configured()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>("Remanso:Caches:hybrid:MaxValueBytes", "1000")])
            .Build();
        var process = await StartAsync(services => services.AddRemanso(configuration).AsHybridCache());
        var cache = process.Get<HybridCache>();
        await cache.SetAsync("k", "old", cancellationToken: TestContext.Current.CancellationToken);

        await cache.SetAsync("k", new string('x', 996), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(
            "new",
            await cache.GetOrCreateAsync(
                "k",
                static _ => ValueTask.FromResult("new"),
                cancellationToken: TestContext.Current.CancellationToken
            )
        );
        var most = new string('x', 995);
        await cache.SetAsync("k", most, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(
            most,
            await cache.GetOrCreateAsync(
                "k",
                static _ => ValueTask.FromResult("new"),
                cancellationToken: TestContext.Current.CancellationToken
            )
        );
    }

    [Fact]
    public async Task One_line_gives_both_contracts()
    {
        var process = await StartAsync(static services => services.AddRemanso().AsHybridCache().AsDistributedCache());
        await process.Get<IDistributedCache>().SetStringAsync("k", "a", TestContext.Current.CancellationToken);
        Assert.Equal("a", await process.Get<IDistributedCache>().GetStringAsync("k", TestContext.Current.CancellationToken));
        Assert.Equal(
            "b",
            await process
                .Get<HybridCache>()
                .GetOrCreateAsync("k", static _ => ValueTask.FromResult("b"), cancellationToken: TestContext.Current.CancellationToken)
        );
        Assert.Equal(["distributed", "hybrid"], process.Get<ICacheRegistry>().Names);
    }

    [Fact]
    public async Task A_face_takes_the_place_of_what_was_registered_before()
    {
        var process = await StartAsync(static services =>
        {
            services.AddSingleton<IDistributedCache>(static _ => throw new InvalidOperationException("The old one."));
            services.AddSingleton<HybridCache>(static _ => throw new InvalidOperationException("The old one."));
            services.AddRemanso().AsHybridCache().AsDistributedCache();
        });
        Assert.Single(process.Services.GetServices<IDistributedCache>());
        Assert.Single(process.Services.GetServices<HybridCache>());
    }

    [Fact]
    public async Task A_type_whose_values_would_not_come_back_is_told_once_with_its_member()
    {
        using var log = new RecordingLog();
        var process = await StartAsync(services =>
        {
            services.AddSingleton<ILoggerFactory>(log);
            services.AddRemanso().AsHybridCache();
        });
        for (var i = 0; i < 2; i++)
        {
            await process
                .Get<HybridCache>()
                .GetOrCreateAsync(
                    $"k{i}",
                    static _ => ValueTask.FromResult(new Holder()),
                    cancellationToken: TestContext.Current.CancellationToken
                );
            await process
                .Get<HybridCache>()
                .GetOrCreateAsync(
                    $"n{i}",
                    static _ => ValueTask.FromResult((1, "a")),
                    cancellationToken: TestContext.Current.CancellationToken
                );
        }

        var line = Assert.Single(log.Lines, static line => line.Contains("come back", StringComparison.Ordinal));
        Assert.Contains($"{nameof(Holder)}.{nameof(Holder.Held)} is IDisposable, an interface", line, StringComparison.Ordinal);
        Assert.Contains("IHybridCacheSerializer", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_buffer_contract_is_the_same_object()
    {
        var process = await StartAsync(static services => services.AddRemanso().AsDistributedCache());
        Assert.Same(process.Get<IDistributedCache>(), process.Get<IBufferDistributedCache>());
        Assert.IsAssignableFrom<IBufferDistributedCache>(process.Get<IDistributedCache>());
    }

    [Fact]
    public async Task Faces_of_one_kind_are_told_apart_by_name_and_the_last_one_needs_none()
    {
        var process = await StartAsync(static services =>
            services
                .AddRemanso()
                .AsDistributedCache(static options => options.Name = "sessions")
                .AsDistributedCache(static options => options.Name = "pages")
                .AsHybridCache(static options => options.Name = "a")
                .AsHybridCache(static options => options.Name = "b")
        );
        var sessions = process.Services.GetRequiredKeyedService<IDistributedCache>("sessions");
        var pages = process.Services.GetRequiredKeyedService<IBufferDistributedCache>("pages");
        Assert.NotSame(sessions, pages);
        Assert.Same(pages, process.Get<IDistributedCache>());
        Assert.Same(process.Services.GetRequiredKeyedService<HybridCache>("b"), process.Get<HybridCache>());
        Assert.NotSame(process.Services.GetRequiredKeyedService<HybridCache>("a"), process.Get<HybridCache>());
        sessions.Set("k", [1], new DistributedCacheEntryOptions());
        Assert.Null(pages.Get("k"));
    }

    [Fact]
    public async Task A_name_is_given_once()
    {
        var error = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            StartAsync(static services =>
                services.AddRemanso().AsDistributedCache(static o => o.Name = "x").AsHybridCache(static o => o.Name = "x")
            )
        );
        Assert.Contains("'x'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_face_has_no_store_and_leaves_the_applications_caches_alone()
    {
        var store = new ScriptedStore();
        var process = await StartAsync(services =>
            services.AddRemanso().UseStore(_ => store).AddCache<string, ReadOnlyMemory<byte>>("own").AsHybridCache().AsDistributedCache()
        );
        Assert.Equal("own", process.Get<ICache<string, ReadOnlyMemory<byte>>>().Name);
        process.Get<IDistributedCache>().Set("k", [1], new DistributedCacheEntryOptions());
        await process.Get<HybridCache>().SetAsync("k", 1, cancellationToken: TestContext.Current.CancellationToken);
        foreach (var (name, statistics) in await process.Get<ICacheRegistry>().GetStatisticsAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal(name == "own" ? 0 : 1, statistics.Writes);
            Assert.Equal(0, statistics.Dirty.Entries);
        }

        Assert.Empty(store.Loads);
    }

    [Fact]
    public async Task An_option_out_of_range_is_refused_by_name()
    {
        var error = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            StartAsync(static services =>
                services.AddRemanso().AsDistributedCache(static options => options.Cache.Ttl.Base = TimeSpan.Zero)
            )
        );
        Assert.Contains("Remanso:Caches:distributed:Ttl:Base", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_near_cache_that_the_contract_does_not_have_here_is_refused_by_name()
    {
        var error = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            StartAsync(static services => services.AddRemanso().AsDistributedCache(static options => options.Cache.Near.Enabled = true))
        );
        Assert.Contains("Remanso:Caches:distributed:Near:Enabled", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Options_of_the_platforms_own_hybrid_cache_are_refused_rather_than_ignored(bool before)
    {
        // The name of the type is what tells it: no project here refers to its package.
        var options = AssemblyBuilder
            .DefineDynamicAssembly(new AssemblyName("Platform"), AssemblyBuilderAccess.Run)
            .DefineDynamicModule("Platform")
            .DefineType("Microsoft.Extensions.Caching.Hybrid.HybridCacheOptions", TypeAttributes.Public)
            .CreateType();
        var setting = typeof(IConfigureOptions<>).MakeGenericType(options);
        var error = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            StartAsync(services =>
            {
                if (before)
                {
                    services.AddSingleton(setting, static _ => new object());
                }

                services.AddRemanso().AsHybridCache();
                if (!before)
                {
                    services.AddSingleton(setting, static _ => new object());
                }
            })
        );
        Assert.Contains("AsHybridCache(o => …)", error.Message, StringComparison.Ordinal);
        await StartAsync(static services =>
        {
            services.AddOptions();
            services.AddRemanso().AsHybridCache();
        });
    }

    private async Task<FaceProcess> StartAsync(Action<IServiceCollection> register)
    {
        var services = new ServiceCollection();
        register(services);
        var process = await FaceProcess.StartAsync(services);
        _processes.Add(process);
        return process;
    }

    private sealed class Holder
    {
        public IDisposable? Held { get; set; }
    }
}
