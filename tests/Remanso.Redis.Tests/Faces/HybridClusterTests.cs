using Microsoft.Extensions.Caching.Hybrid;
using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Faces;

/// <summary>Several applications with a hybrid cache on one Redis.</summary>
public sealed class HybridClusterTests(TierServer server) : IAsyncLifetime
{
    private readonly RedisFaceHarness _harness = new(server.Address);
    private HybridCache[] _caches = [];

    public async ValueTask InitializeAsync() =>
        _caches = await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(async _ =>
                    (
                        await _harness.StartAsync(builder => builder.AsHybridCache(options => options.Name = _harness.CacheName))
                    ).Get<HybridCache>()
                )
        );

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Callers_in_three_processes_cost_one_factory_call()
    {
        var gate = new Gate();
        var runs = 0;
        var calls = _caches
            .SelectMany(cache =>
                Enumerable
                    .Range(0, 30)
                    .Select(_ =>
                        cache
                            .GetOrCreateAsync("k", async token =>
                            {
                                Interlocked.Increment(ref runs);
                                await gate.PassAsync(token);
                                return new List<int> { 1, 2 };
                            })
                            .AsTask()
                    )
            )
            .ToArray();
        await gate.ArrivedAsync();
        gate.Open();
        Assert.All(await Task.WhenAll(calls), static list => Assert.Equal([1, 2], list));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task What_one_process_sets_removes_or_drops_by_tag_all_see()
    {
        await AllSeeAsync("a", () => _caches[0].SetAsync("k", "a", tags: ["red"]));
        await AllSeeAsync("b", () => _caches[1].SetAsync("k", "b", tags: ["red"]));
        await AllSeeAsync(null, () => _caches[2].RemoveAsync("k"));
        await AllSeeAsync("c", () => _caches[0].SetAsync("k", "c", tags: ["red"]));
        await AllSeeAsync(null, () => _caches[1].RemoveByTagAsync("red"));
        await AllSeeAsync("d", () => _caches[2].SetAsync("k", "d"));
        await AllSeeAsync(null, () => _caches[0].RemoveByTagAsync("*"));

        async Task AllSeeAsync(string? value, Func<ValueTask> change)
        {
            await change();
            foreach (var cache in _caches)
            {
                await Until.TrueAsync(async () => await PeekAsync(cache) == value, $"all processes see {value ?? "nothing"}");
            }
        }
    }

    private static ValueTask<string?> PeekAsync(HybridCache cache) =>
        cache.GetOrCreateAsync<string?>(
            "k",
            static _ => ValueTask.FromResult<string?>("x"),
            new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData }
        );
}
