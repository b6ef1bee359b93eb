using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.AspNetCore.OutputCaching;
using Xunit;

namespace Remanso.AspNetCore.Tests.OutputCaching;

/// <summary>The output cache's contract on the memory tier.</summary>
public sealed class OutputCacheStoreTests : IAsyncLifetime
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    private ServiceProvider _services = null!;
    private IOutputCacheStore _store = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddRemanso().AsOutputCache(configure: static options => options.MaxValueBytes = 1000);
        services.AddOutputCache();
        _services = services.BuildServiceProvider();
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(Cancelled);
        }

        _store = _services.GetRequiredService<IOutputCacheStore>();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task A_response_is_kept_under_whatever_key_the_platform_makes()
    {
        var key = "GET\u001eHTTP\u001e*:*/" + new string('p', 5_000);
        Assert.Null(await _store.GetAsync(key, Cancelled));

        await _store.SetAsync(key, [1, 2, 3], tags: null, _minute, Cancelled);

        Assert.Equal([1, 2, 3], await _store.GetAsync(key, Cancelled));
        Assert.Null(await _store.GetAsync(key + "x", Cancelled));
    }

    [Fact]
    public async Task Responses_leave_by_their_tags()
    {
        var longTag = new string('t', 500);
        await _store.SetAsync("a", [1], ["red", longTag], _minute, Cancelled);
        await _store.SetAsync("b", [2], ["red"], _minute, Cancelled);
        await _store.SetAsync("c", [3], ["a tag\n"], _minute, Cancelled);

        await _store.EvictByTagAsync(longTag, Cancelled);
        Assert.Null(await _store.GetAsync("a", Cancelled));
        Assert.NotNull(await _store.GetAsync("b", Cancelled));

        await _store.EvictByTagAsync("red", Cancelled);
        await _store.EvictByTagAsync("a tag\n", Cancelled);
        Assert.Null(await _store.GetAsync("b", Cancelled));
        Assert.Null(await _store.GetAsync("c", Cancelled));
    }

    [Fact]
    public async Task A_response_that_is_too_large_is_served_and_not_kept()
    {
        await _store.SetAsync("k", new byte[1001], tags: null, _minute, Cancelled);

        Assert.Null(await _store.GetAsync("k", Cancelled));
    }
}
