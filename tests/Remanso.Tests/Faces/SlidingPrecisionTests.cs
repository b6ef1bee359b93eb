using Microsoft.Extensions.Caching.Distributed;
using Remanso.Conformance.Faces;
using Xunit;

namespace Remanso.Tests.Faces;

/// <summary>How exactly a window slides, on a clock that stands still between two steps.</summary>
public sealed class SlidingPrecisionTests : IAsyncLifetime
{
    private static readonly TimeSpan _millisecond = TimeSpan.FromMilliseconds(1);

    private readonly MemoryFaceHarness _harness = new();
    private FaceProcess _process = null!;
    private IDistributedCache _cache = null!;

    public async ValueTask InitializeAsync()
    {
        _process = await _harness.StartAsync(static builder => builder.AsDistributedCache());
        _cache = _process.Get<IDistributedCache>();
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task The_window_begins_with_the_last_use_to_the_millisecond()
    {
        _cache.Set("k", [1], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(20) });
        for (var i = 0; i < 3; i++)
        {
            await _harness.PassAsync(TimeSpan.FromMinutes(20) - _millisecond);
            Assert.NotNull(_cache.Get("k"));
        }

        await _harness.PassAsync(TimeSpan.FromMinutes(20));
        Assert.Null(_cache.Get("k"));
    }

    [Theory]
    [InlineData(10, 100)]
    [InlineData(20 * 60, 1000)]
    public async Task Uses_that_follow_each_other_closely_are_recorded_once(int windowSeconds, int stepMilliseconds)
    {
        var window = TimeSpan.FromSeconds(windowSeconds);
        _cache.Set("k", [1], new DistributedCacheEntryOptions { SlidingExpiration = window });
        await _harness.PassAsync(stepMilliseconds * _millisecond);
        for (var i = 0; i < 100; i++)
        {
            Assert.NotNull(_cache.Get("k"));
        }

        // So this use was not recorded, and the window began with the write.
        await _harness.PassAsync(window - (stepMilliseconds * _millisecond));
        Assert.Null(_cache.Get("k"));
    }

    [Fact]
    public async Task An_absolute_end_is_exact()
    {
        _cache.Set(
            "k",
            [1],
            new DistributedCacheEntryOptions
            {
                SlidingExpiration = TimeSpan.FromMinutes(1),
                AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(2),
            }
        );
        for (var i = 0; i < 3; i++)
        {
            await _harness.PassAsync(TimeSpan.FromSeconds(39));
            Assert.NotNull(_cache.Get("k"));
        }

        await _harness.PassAsync(TimeSpan.FromSeconds(3) - _millisecond);
        Assert.NotNull(_cache.Get("k"));
        await _harness.PassAsync(_millisecond);
        Assert.Null(_cache.Get("k"));
    }
}
