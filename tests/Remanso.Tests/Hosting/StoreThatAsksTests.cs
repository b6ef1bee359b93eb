using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Hosting;

/// <summary>A store that needs a cache of this process while the caches start: for the token of its connection, say.</summary>
public sealed class StoreThatAsksTests : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly ScriptedStore _store = new();
    private readonly CancellationToken _token = TestContext.Current.CancellationToken;
    private ServiceProvider _services = null!;
    private InvalidOperationException? _refusal;

    private IDistributedCache Tokens => _services.GetRequiredService<IDistributedCache>();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_has_one_without_a_store(bool isHosted)
    {
        string? found = null;
        _store.OnInitialize = async token =>
        {
            Assert.Null(await Tokens.GetStringAsync("token", token));
            await Tokens.SetStringAsync("token", "t", token);
            found = await Tokens.GetStringAsync("token", token);
        };
        Build();

        await StartAsync(isHosted);

        Assert.Equal("t", found);
        Assert.Equal("t", await Tokens.GetStringAsync("token", _token));
    }

    [Fact]
    public async Task It_has_one_without_a_store_where_it_blocks_its_thread()
    {
        string? found = null;
        _store.OnInitialize = _ =>
        {
            Tokens.SetString("token", "t");
            found = Tokens.GetString("token");
            return Task.CompletedTask;
        };
        Build();

        await StartAsync(isHosted: true);

        Assert.Equal("t", found);
    }

    [Fact]
    public async Task It_has_one_without_a_store_where_a_timer_of_its_driver_asks()
    {
        _store.OnInitialize = async token =>
        {
            Task<string?> timer;
            using (ExecutionContext.SuppressFlow())
            {
                timer = Task.Run(() => Tokens.GetStringAsync("token", token), token);
            }

            Assert.Null(await timer);
        };
        Build();

        await StartAsync(isHosted: true);

        Assert.Equal(1, _store.Initializations);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_refused_one_that_waits_for_it(bool writes)
    {
        var isDone = false;
        _store.OnInitialize = async token =>
        {
            if (isDone)
            {
                return;
            }

            var orders = _services.GetRequiredService<ICache<string, string>>();
            if (writes)
            {
                await orders.SetAsync("k", "v", cancellationToken: token);
            }
            else
            {
                await orders.GetAsync("k", token);
            }
        };
        Build();

        var error = await Assert.ThrowsAsync<CacheConfigurationException>(() => StartAsync(isHosted: true));

        Assert.Contains("The store of the cache 'a-orders'", error.Message, StringComparison.Ordinal);
        Assert.Contains("asks for the cache 'a-orders'", error.Message, StringComparison.Ordinal);
        isDone = true;
        await StartAsync(isHosted: false);
    }

    [Fact]
    public async Task It_has_every_one_of_another_application()
    {
        var other = new ServiceCollection();
        other.AddRemanso().UseStore(static _ => new ScriptedStore()).AddCache<string, string>("prices");
        await using var prices = other.BuildServiceProvider();
        _store.OnInitialize = token =>
            prices.GetRequiredService<ICache<string, string>>().SetAsync("k", "v", cancellationToken: token).AsTask();
        Build();

        await StartAsync(isHosted: true);

        Assert.Equal(1, _store.Initializations);
    }

    [Fact]
    public async Task It_waits_for_no_cache_that_can_not_be_started_and_the_next_start_tries_again()
    {
        _refusal = new InvalidOperationException("evicts dirty entries");
        _store.OnInitialize = token => Tokens.GetAsync("token", token);
        Build();

        var error = await Assert.ThrowsAsync<CacheConfigurationException>(() => StartAsync(isHosted: true));

        Assert.Contains("evicts dirty entries", error.Message, StringComparison.Ordinal);
        _refusal = null;
        await StartAsync(isHosted: false);
        Assert.Equal(1, _store.Initializations);
    }

    private async Task StartAsync(bool isHosted) =>
        await (
            isHosted ? Hosted.StartAsync(_services) : _services.GetRequiredService<ICache<string, string>>().GetAsync("k", _token).AsTask()
        ).WaitAsync(_patience, _token);

    private void Build()
    {
        var services = new ServiceCollection();
        // Its name comes before that of the other one, which is opened first all the same.
        services
            .AddRemanso()
            .UseStore(_ => _store)
            .UseTier(_ => new RefusingTiers(() => _refusal))
            .AddCache<string, string>("a-orders")
            .AsDistributedCache();
        _services = services.BuildServiceProvider();
    }

    private sealed class RefusingTiers(Func<InvalidOperationException?> refusal) : ITierProvider
    {
        private readonly MemoryTierProvider _inner = new(TimeProvider.System);

        public string Description => _inner.Description;

        public string Promise => _inner.Promise;

        public ICacheTier Create(string cache, TierOptions options) =>
            new FaultyTier(_inner.Create(cache, options))
            {
                Before = operation =>
                    cache == "distributed" && operation == nameof(ICacheTier.InitializeAsync) && refusal() is { } refused
                        ? throw refused
                        : ValueTask.CompletedTask,
            };

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
