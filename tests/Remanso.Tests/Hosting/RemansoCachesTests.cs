using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Support;
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

    private sealed class Ended : IDisposable
    {
        public bool Value { get; private set; }

        public void Dispose() => Value = true;
    }
}
