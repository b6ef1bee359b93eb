using Microsoft.Extensions.Caching.Distributed;
using Xunit;
using Xunit.Sdk;

namespace Remanso.Conformance.Faces;

/// <summary>What the contract <see cref="IDistributedCache"/> promises of absolute and sliding expiry.</summary>
public abstract class DistributedExpiryConformance(FaceHarness harness) : IAsyncLifetime
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private IBufferDistributedCache _cache = null!;
    private TimeSpan _asked;

    public async ValueTask InitializeAsync() =>
        _cache = (
            await harness.StartAsync(builder => builder.AsDistributedCache(options => options.Name = harness.CacheName))
        ).Get<IBufferDistributedCache>();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await harness.DisposeAsync();
    }

    [Fact]
    public async Task A_value_is_gone_when_its_time_from_now_is_over()
    {
        await SetAsync("k", new() { AbsoluteExpirationRelativeToNow = 2 * _second });
        Assert.NotNull(await _cache.GetAsync("k"));
        await harness.PassAsync(2.1 * _second);
        Assert.Null(await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task A_value_is_gone_at_its_moment()
    {
        await SetAsync("k", new() { AbsoluteExpiration = harness.Time.GetUtcNow() + (2 * _second) });
        Assert.NotNull(await _cache.GetAsync("k"));
        await harness.PassAsync(2.1 * _second);
        Assert.Null(await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task Of_two_absolute_expiries_the_earlier_one_holds()
    {
        var now = harness.Time.GetUtcNow();
        await SetAsync("a", new() { AbsoluteExpirationRelativeToNow = 60 * _second, AbsoluteExpiration = now + _second });
        await SetAsync("b", new() { AbsoluteExpirationRelativeToNow = _second, AbsoluteExpiration = now + (60 * _second) });
        await harness.PassAsync(1.1 * _second);
        Assert.Null(await _cache.GetAsync("a"));
        Assert.Null(await _cache.GetAsync("b"));
    }

    [Fact]
    public async Task A_moment_that_has_passed_is_refused()
    {
        var past = new DistributedCacheEntryOptions { AbsoluteExpiration = harness.Time.GetUtcNow() - _second };
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _cache.SetAsync("k", [1], past));
        Assert.Throws<ArgumentOutOfRangeException>(() => _cache.Set("k", [1], past));
        Assert.Null(await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task A_value_without_an_expiry_stays()
    {
        await SetAsync("k", new());
        await harness.PassAsync(2 * _second);
        Assert.NotNull(await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task A_sliding_value_that_nobody_uses_is_gone_after_its_window()
    {
        await SetAsync("k", new() { SlidingExpiration = _second });
        await harness.PassAsync(1.1 * _second);
        Assert.Null(await _cache.GetAsync("k"));
    }

    [Fact]
    public Task Each_use_gives_a_sliding_value_another_window() =>
        InTimeAsync(async () =>
        {
            foreach (var key in new[] { "get", "refresh", "try" })
            {
                await SetAsync(key, new() { SlidingExpiration = 2 * _second });
            }

            for (var i = 0; i < 4; i++)
            {
                await PassAsync(0.7 * _second);
                Assert.Equal<byte[]>([1], await _cache.GetAsync("get"));
                await _cache.RefreshAsync("refresh");
                Assert.True(await _cache.TryGetAsync("try", new System.Buffers.ArrayBufferWriter<byte>()));
            }

            Assert.Equal<byte[]>([1], await _cache.GetAsync("refresh"));
            await PassAsync(2.1 * _second);
            foreach (var key in new[] { "get", "refresh", "try" })
            {
                Assert.Null(await _cache.GetAsync(key));
            }
        });

    [Fact]
    public Task No_use_carries_a_sliding_value_past_its_absolute_end() =>
        InTimeAsync(async () =>
        {
            await SetAsync("k", new() { SlidingExpiration = 2 * _second, AbsoluteExpirationRelativeToNow = 3 * _second });
            for (var i = 0; i < 2; i++)
            {
                await PassAsync(_second);
                Assert.NotNull(await _cache.GetAsync("k"));
            }

            await PassAsync(1.1 * _second);
            Assert.Null(await _cache.GetAsync("k"));
        });

    [Fact]
    public Task A_use_does_not_slide_a_value_that_has_only_an_absolute_end() =>
        InTimeAsync(async () =>
        {
            await SetAsync("k", new() { AbsoluteExpirationRelativeToNow = 2 * _second });
            await PassAsync(_second);
            Assert.NotNull(await _cache.GetAsync("k"));
            await _cache.RefreshAsync("k");
            await PassAsync(1.1 * _second);
            Assert.Null(await _cache.GetAsync("k"));
        });

    [Fact]
    public async Task Setting_a_key_again_replaces_its_expiry()
    {
        await SetAsync("k", new() { SlidingExpiration = _second });
        await SetAsync("k", new() { AbsoluteExpirationRelativeToNow = 60 * _second });
        await harness.PassAsync(1.1 * _second);
        Assert.NotNull(await _cache.GetAsync("k"));
    }

    [Fact]
    public async Task Uses_that_race_with_writes_and_removals_undo_neither()
    {
        for (var round = 0; round < 20; round++)
        {
            var key = $"k{round}";
            await SetAsync(key, new() { SlidingExpiration = TimeSpan.FromMilliseconds(500) });
            await harness.PassAsync(TimeSpan.FromMilliseconds(10));
            var uses = Enumerable.Range(0, 8).Select(_ => Task.Run(() => _cache.GetAsync(key))).ToArray();
            if (round % 2 == 0)
            {
                await _cache.SetAsync(key, [2], new() { SlidingExpiration = 60 * _second });
            }
            else
            {
                await _cache.RemoveAsync(key);
            }

            await Task.WhenAll(uses);
            Assert.Equal<byte[]?>(round % 2 == 0 ? [2] : null, await _cache.GetAsync(key));
        }
    }

    /// <summary>Tries again where more time passed than was asked for: beside a server whose clock can't be moved a
    /// busy machine may let a value's time run out.</summary>
    private async Task InTimeAsync(Func<Task> attempt)
    {
        for (var tries = 1; ; tries++)
        {
            var began = harness.Time.GetTimestamp();
            _asked = TimeSpan.Zero;
            try
            {
                await attempt();
                return;
            }
            catch (XunitException) when (tries < 10 && harness.Time.GetElapsedTime(began) - _asked > 0.3 * _second)
            {
                // Late, so it says nothing.
            }
        }
    }

    private Task PassAsync(TimeSpan by)
    {
        _asked += by;
        return harness.PassAsync(by);
    }

    private Task SetAsync(string key, DistributedCacheEntryOptions options) => _cache.SetAsync(key, [1], options);
}
