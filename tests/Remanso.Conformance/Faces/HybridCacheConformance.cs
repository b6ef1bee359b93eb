using Microsoft.Extensions.Caching.Hybrid;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>What the contract <see cref="HybridCache"/> promises of values and keys.</summary>
public abstract class HybridCacheConformance(FaceHarness harness) : HybridSuite(harness)
{
    [Fact]
    public async Task A_factory_runs_for_a_miss_and_not_for_a_hit()
    {
        Assert.Equal("a", await GetAsync("k", "a"));
        Assert.Equal("a", await GetAsync("k", "b"));
        Assert.Equal("a", await GetAsync("k", "c"));
        Assert.Equal(1, Runs);
    }

    [Fact]
    public async Task A_factory_gets_its_state()
    {
        var state = new List<int> { 1, 2, 3 };
        Assert.Equal(6, await Cache.GetOrCreateAsync("k", state, static (list, _) => ValueTask.FromResult(list.Sum())));
    }

    [Fact]
    public async Task A_factory_without_state_and_keys_that_are_no_strings_yet_work_as_well()
    {
        var id = 7;
        Assert.Equal("a", await Cache.GetOrCreateAsync($"user:{id}", _ => ValueTask.FromResult("a")));
        Assert.Equal("a", await Cache.GetOrCreateAsync("user:7".AsSpan(), _ => ValueTask.FromResult("b")));
        Assert.Equal("a", await Cache.GetOrCreateAsync("user:7", _ => ValueTask.FromResult("c")));
    }

    [Fact]
    public async Task What_was_set_is_read_and_can_be_set_again()
    {
        await Cache.SetAsync("k", "a");
        Assert.Equal("a", await GetAsync("k", "x"));
        await Cache.SetAsync("k", "b");
        Assert.Equal("b", await GetAsync("k", "x"));
        Assert.Equal(0, Runs);
    }

    [Fact]
    public async Task A_removed_key_is_loaded_again()
    {
        await GetAsync("k", "a");
        await Cache.RemoveAsync("k");
        Assert.Equal("b", await GetAsync("k", "b"));
        Assert.Equal(2, Runs);
    }

    [Fact]
    public async Task Many_keys_are_removed_at_once_and_none_are_removed_by_nothing()
    {
        foreach (var key in new[] { "a", "b", "c" })
        {
            await GetAsync(key, 1);
        }

        await Cache.RemoveAsync(["a", "c", "a"]);
        await Cache.RemoveAsync((IEnumerable<string>)null!);
        await Cache.RemoveAsync([]);
        Assert.Equal(2, await GetAsync("a", 2));
        Assert.Equal(1, await GetAsync("b", 2));
        Assert.Equal(2, await GetAsync("c", 2));
    }

    [Fact]
    public async Task What_is_not_there_can_be_removed()
    {
        await Cache.RemoveAsync("k");
        Assert.Equal("a", await GetAsync("k", "a"));
    }

    [Fact]
    public async Task Null_is_a_value()
    {
        Assert.Null(await GetAsync<string?>("text", null));
        Assert.Null(await GetAsync<string?>("text", "x"));
        Assert.Null(await GetAsync<Customer?>("object", null));
        Assert.Null(await GetAsync<Customer?>("object", new Customer()));
        Assert.Null(await GetAsync<int?>("number", null));
        Assert.Null(await GetAsync<int?>("number", 1));
        Assert.Equal(3, Runs);
        await Cache.SetAsync<string?>("set", null);
        Assert.Null(await GetAsync<string?>("set", "x"));
        Assert.Equal(3, Runs);
    }

    [Fact]
    public async Task The_default_of_a_type_is_a_value()
    {
        Assert.Equal(0, await GetAsync("number", 0));
        Assert.Equal(0, await GetAsync("number", 1));
        Assert.Equal(string.Empty, await GetAsync("text", string.Empty));
        Assert.Equal(string.Empty, await GetAsync("text", "x"));
        Assert.Empty(await GetAsync("bytes", Array.Empty<byte>()));
        Assert.Empty(await GetAsync<byte[]>("bytes", [1]));
    }

    [Fact]
    public async Task Values_of_many_types_come_back_as_they_were()
    {
        await BothWaysAsync("Straße, 道, 😀");
        await BothWaysAsync(42);
        await BothWaysAsync(long.MinValue);
        await BothWaysAsync((int?)7);
        await BothWaysAsync(1.5m);
        await BothWaysAsync(true);
        await BothWaysAsync(DayOfWeek.Friday);
        await BothWaysAsync(new Guid("0c1e0f4f-2b3e-4d2c-9d3e-3a2b1c0d9e8f"));
        await BothWaysAsync(new DateTimeOffset(2025, 3, 4, 5, 6, 7, TimeSpan.FromHours(2)));
        await BothWaysAsync((1, "two"));
        await BothWaysAsync(new Country("PT", 10));
        await BothWaysAsync<string?>(null);
        Assert.Equal([1, 2, 3], await AgainAsync<byte[]>([1, 2, 3]));
        Assert.Equal([1, 2, 3], await AgainAsync<List<int>>([1, 2, 3]));
        Assert.Equal("b", (await AgainAsync(new Dictionary<string, string> { ["a"] = "b" }))["a"]);

        async Task BothWaysAsync<T>(T value) => Assert.Equal(value, await AgainAsync(value));

        async Task<T> AgainAsync<T>(T value)
        {
            var key = $"{typeof(T)}:{Guid.NewGuid()}";
            await Cache.SetAsync(key, value);
            return await Cache.GetOrCreateAsync<T>(key, static _ => throw new InvalidOperationException("It was set."));
        }
    }

    [Fact]
    public async Task Another_type_under_the_same_key_is_a_miss_and_takes_its_place()
    {
        await GetAsync("k", "text");
        Assert.Equal(42, await GetAsync("k", 42));
        Assert.Equal(42, await GetAsync("k", 43));
        // Its bytes would do.
        Assert.Equal(44L, await GetAsync("k", 44L));
        Assert.Equal("PT", (await GetAsync("k", new Country("PT", 10))).Code);
        Assert.Equal("b", (await GetAsync("k", new Customer { Name = "b" })).Name);
        Assert.Equal(5, Runs);
        Assert.Null(await PeekAsync<Country?>("k"));
        Assert.Equal("b", (await PeekAsync<Customer>("k")).Name);
    }

    [Fact]
    public async Task Other_caches_of_the_application_have_other_keys()
    {
        var other = (await StartAsync(options => options.Name = Harness.CacheName + "-other")).Get<HybridCache>();
        await GetAsync("k", "a");
        Assert.Equal("b", await other.GetOrCreateAsync("k", static _ => ValueTask.FromResult("b")));
        Assert.Equal("a", await GetAsync("k", "x"));
    }

    [Fact]
    public async Task Missing_arguments_are_named()
    {
        await Assert.ThrowsAsync<ArgumentNullException>("key", async () =>
            await Cache.GetOrCreateAsync((string)null!, static _ => ValueTask.FromResult(1))
        );
        await Assert.ThrowsAsync<ArgumentNullException>("factory", async () => await Cache.GetOrCreateAsync<int, int>("k", 1, null!));
        await Assert.ThrowsAsync<ArgumentNullException>("key", async () => await Cache.SetAsync(null!, 1));
        await Assert.ThrowsAsync<ArgumentNullException>("key", async () => await Cache.RemoveAsync((string)null!));
    }
}
