using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Testing;
using Xunit;

namespace Remanso.Tests.Hosting;

public sealed class RemansoCachesTests
{
    private readonly ScriptedStore _store = new();
    private readonly CancellationToken _token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_lines_make_use_and_end_a_cache()
    {
        await using (var caches = await CreateAsync())
        {
            await caches.Get<string, string>("users").SetAsync("42", "Alice", cancellationToken: _token);
        }

        Assert.Equal("Alice", _store.Text("42"));
    }

    [Fact]
    public async Task They_end_without_await_too()
    {
        using (var caches = await CreateAsync())
        {
            await caches.Get<string, string>("users").SetAsync("42", "Alice", cancellationToken: _token);
        }

        Assert.Equal("Alice", _store.Text("42"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_asks_the_services_for_its_connection_gets_what_is_dirty_at_the_end(bool waits)
    {
        var rows = new FakeStore<string, string>();
        var caches = await RemansoCaches.CreateAsync(remanso => Declare(remanso, rows), _token);
        await caches.Get<string, string>("users").SetAsync("42", "Alice", cancellationToken: _token);
        if (waits)
        {
            await caches.DisposeAsync();
        }
        else
        {
            caches.Dispose();
        }

        Assert.Equal("Alice", rows.Values["42"]);
    }

    [Fact]
    public async Task Services_that_end_before_their_caches_are_told_and_nothing_is_refused_for_it()
    {
        var log = new RecordingLog();
        var rows = new FakeStore<string, string>();
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(log);
        Declare(services.AddRemanso(), rows);
        var provider = services.BuildServiceProvider(validateScopes: true);
        await provider.GetRequiredService<ICache<string, string>>().SetAsync("42", "Alice", cancellationToken: _token);

        // The stop may take a quarter of an hour, but what is over does not come back.
        await provider.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(2), _token);

        Assert.Empty(rows.Values);
        Assert.Contains(log.Lines, static line => line.Contains("stop the host before", StringComparison.Ordinal));
        Assert.Contains(log.Lines, static line => line.Contains("stopped with 1 entries", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, static line => line.Contains("dead letter", StringComparison.OrdinalIgnoreCase));
    }

    private static void Declare(RemansoBuilder remanso, FakeStore<string, string> rows)
    {
        remanso.Services.AddScoped<Connection>();
        remanso.AddCache<string, string>("users", cache =>
        {
            cache.Store = services => new AskingStore(services, rows);
            cache.Options.Flush.Interval = TimeSpan.FromHours(1);
            cache.Options.Flush.StopTimeout = TimeSpan.FromMinutes(15);
        });
    }

    [Fact]
    public async Task They_are_started_when_they_are_there()
    {
        await using var caches = await CreateAsync();
        Assert.Equal(1, _store.Initializations);
        Assert.Empty(caches.Registry.GetProblems());
    }

    [Fact]
    public async Task A_start_that_fails_leaves_nothing_behind()
    {
        var ended = new Ended();
        await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            RemansoCaches.CreateAsync(
                remanso =>
                {
                    remanso.Services.AddSingleton(_ => ended);
                    remanso
                        .UseStore(services =>
                        {
                            services.GetRequiredService<Ended>();
                            return _store;
                        })
                        .AddCache<string, string>("users", static cache => cache.Options.Ttl.Base = TimeSpan.Zero);
                },
                _token
            )
        );
        Assert.True(ended.Value);
    }

    [Fact]
    public async Task A_name_or_types_that_are_not_there_are_told()
    {
        await using var caches = await CreateAsync();
        Assert.Contains(
            "'nobody'",
            Assert.Throws<InvalidOperationException>(() => caches.Get<string, string>("nobody")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "'users'",
            Assert.Throws<InvalidOperationException>(() => caches.Get<int, string>("users")).Message,
            StringComparison.Ordinal
        );
    }

    private Task<RemansoCaches> CreateAsync() =>
        RemansoCaches.CreateAsync(remanso => remanso.UseStore(_ => _store).AddCache<string, string>("users"), _token);

    private sealed class Connection;

    /// <summary>A store whose connections are services of a scope, as those of a context of Entity Framework Core are.</summary>
    private sealed class AskingStore(IServiceProvider services, FakeStore<string, string> rows) : IBackingStore<string, string>
    {
        public ValueTask InitializeAsync(CancellationToken cancellationToken) => rows.InitializeAsync(cancellationToken);

        public async ValueTask<IReadOnlyList<StoreRow<string, string>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        )
        {
            await using var scope = services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Connection>();
            return await rows.LoadAsync(keys, cancellationToken);
        }

        public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, string>> batch,
            CancellationToken cancellationToken
        )
        {
            await using var scope = services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Connection>();
            return await rows.SaveAsync(batch, cancellationToken);
        }
    }

    private sealed class Ended : IDisposable
    {
        public bool Value { get; private set; }

        public void Dispose() => Value = true;
    }
}
