using Microsoft.Extensions.Caching.Distributed;
using Remanso.Conformance.Faces;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Tests.Faces;

/// <summary>How large a value may be, and what a use costs that can't be recorded.</summary>
public sealed class DistributedLimitTests : IAsyncLifetime
{
    private const int MaxValueBytes = 1000;

    private static readonly TimeSpan _window = TimeSpan.FromMinutes(20);

    private readonly MemoryFaceHarness _harness = new();
    private FaceProcess _process = null!;
    private IDistributedCache _cache = null!;

    public async ValueTask InitializeAsync()
    {
        _process = await _harness.StartAsync(static builder =>
            builder.AsDistributedCache(static options => options.Cache.MaxValueBytes = MaxValueBytes)
        );
        _cache = _process.Get<IDistributedCache>();
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_value_may_be_exactly_as_large_as_the_limit_and_slides(bool slides)
    {
        var options = new DistributedCacheEntryOptions { SlidingExpiration = slides ? _window : null };
        await _cache.SetAsync("k", new byte[MaxValueBytes], options, TestContext.Current.CancellationToken);

        for (var i = 0; i < 3; i++)
        {
            await _harness.PassAsync(_window * 0.9);
            Assert.Equal(MaxValueBytes, (await _cache.GetAsync("k", TestContext.Current.CancellationToken))!.Length);
        }

        var larger = await Assert.ThrowsAsync<ValueTooLargeException>(() => _cache.SetAsync("k", new byte[MaxValueBytes + 1], options));
        Assert.Equal((MaxValueBytes + 1, MaxValueBytes), (larger.Bytes, larger.Limit));
    }

    [Fact]
    public async Task A_value_is_read_though_its_use_can_not_be_recorded()
    {
        await _cache.SetAsync("k", [1], new DistributedCacheEntryOptions { SlidingExpiration = _window });
        await _harness.PassAsync(_window / 2);
        await Hosted.StopAsync(_process.Services);

        Assert.Equal([1], await _cache.GetAsync("k", TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<CacheStoppedException>(() => _cache.RefreshAsync("k", TestContext.Current.CancellationToken));
    }
}
