using Microsoft.Extensions.Caching.Hybrid;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>Values and keys that are too large: they are served and not cached.</summary>
public abstract class HybridLimitConformance(FaceHarness harness) : HybridSuite(harness)
{
    private const int MostBytes = 100_000;

    [Fact]
    public async Task The_largest_value_is_cached_and_a_larger_one_is_served_only()
    {
        var largest = new string('x', MostBytes);
        Assert.Equal(largest, await GetAsync("largest", largest));
        Assert.Equal(largest, await PeekAsync<string?>("largest"));
        var larger = new string('x', MostBytes + 1);
        Assert.Equal(larger, await GetAsync("larger", larger));
        Assert.Null(await PeekAsync<string?>("larger"));
    }

    [Fact]
    public async Task A_value_that_is_too_large_still_reaches_all_who_joined()
    {
        var larger = new byte[MostBytes + 1];
        larger[^1] = 7;
        var gate = new Support.Gate();
        var calls = Enumerable
            .Range(0, 4)
            .Select(_ =>
                Cache
                    .GetOrCreateAsync("k", async token =>
                    {
                        await gate.PassAsync(token);
                        return larger;
                    })
                    .AsTask()
            )
            .ToArray();
        await gate.ArrivedAsync();
        gate.Open();
        Assert.All(await Task.WhenAll(calls), value => Assert.True(larger.AsSpan().SequenceEqual(value)));
    }

    [Fact]
    public async Task Setting_a_value_that_is_too_large_leaves_no_older_one()
    {
        await Cache.SetAsync("k", "a");
        await Cache.SetAsync("k", new string('x', MostBytes + 1));
        Assert.Null(await PeekAsync<string?>("k"));
    }

    [Fact]
    public async Task A_key_that_is_no_good_is_served_and_not_cached()
    {
        foreach (var key in new[] { new string('k', 101), "", "  ", "a\u0000b", "\ud800" })
        {
            Assert.Equal(1, await GetAsync(key, 1));
            Assert.Equal(2, await GetAsync(key, 2));
            await Cache.SetAsync(key, 3);
            Assert.Equal(4, await GetAsync(key, 4));
            Assert.Equal(0, await PeekAsync<int>(key));
            await Cache.RemoveAsync(key);
        }

        var longest = new string('k', 100);
        Assert.Equal(1, await GetAsync(longest, 1));
        Assert.Equal(1, await GetAsync(longest, 2));
    }

    [Fact]
    public async Task Limits_out_of_range_are_refused_by_name()
    {
        var error = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            StartAsync(static options => options.MaximumPayloadBytes = 0)
        );
        Assert.Contains(nameof(HybridOptions.MaximumPayloadBytes), error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<CacheConfigurationException>(() => StartAsync(static options => options.MaximumKeyLength = 0));
        Assert.Contains(nameof(HybridOptions.MaximumKeyLength), error.Message, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    protected override void Configure(HybridOptions options)
    {
        options.MaximumPayloadBytes = MostBytes;
        options.MaximumKeyLength = 100;
    }
}
