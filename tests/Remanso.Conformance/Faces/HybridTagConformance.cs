using Microsoft.Extensions.Caching.Hybrid;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>Entries that are removed together.</summary>
public abstract class HybridTagConformance(FaceHarness harness) : HybridSuite(harness)
{
    [Fact]
    public async Task What_carries_a_removed_tag_is_loaded_again_and_nothing_else()
    {
        await GetAsync("a", 1, tags: ["red"]);
        await GetAsync("b", 1, tags: ["red", "blue"]);
        await GetAsync("c", 1, tags: ["blue"]);
        await GetAsync("d", 1);
        await Cache.SetAsync("e", 1, tags: ["red"]);
        await Cache.RemoveByTagAsync("red");
        Assert.Equal(2, await GetAsync("a", 2, tags: ["red"]));
        Assert.Equal(2, await GetAsync("b", 2));
        Assert.Equal(1, await GetAsync("c", 2));
        Assert.Equal(1, await GetAsync("d", 2));
        Assert.Equal(2, await GetAsync("e", 2));
    }

    [Fact]
    public async Task Many_tags_are_removed_at_once_and_none_by_nothing()
    {
        await GetAsync("a", 1, tags: ["red"]);
        await GetAsync("b", 1, tags: ["blue"]);
        await GetAsync("c", 1, tags: ["green"]);
        await Cache.RemoveByTagAsync((IEnumerable<string>)null!);
        await Cache.RemoveByTagAsync([]);
        await Cache.RemoveByTagAsync(" ");
        await Cache.RemoveByTagAsync(["red", "blue", "red"]);
        Assert.Equal(2, await GetAsync("a", 2));
        Assert.Equal(2, await GetAsync("b", 2));
        Assert.Equal(1, await GetAsync("c", 2));
    }

    [Fact]
    public async Task The_star_removes_everything()
    {
        await GetAsync("a", 1, tags: ["red"]);
        await GetAsync("b", 1);
        await Cache.SetAsync("c", 1);
        await Cache.RemoveByTagAsync("*");
        foreach (var key in new[] { "a", "b", "c" })
        {
            Assert.Equal(2, await GetAsync(key, 2));
        }
    }

    [Fact]
    public async Task What_is_cached_after_the_removal_stays()
    {
        await GetAsync("a", 1, tags: ["red"]);
        await Cache.RemoveByTagAsync("red");
        await GetAsync("a", 2, tags: ["red"]);
        await Cache.SetAsync("b", 2, tags: ["red"]);
        Assert.Equal(2, await GetAsync("a", 3));
        Assert.Equal(2, await GetAsync("b", 3));
    }

    [Theory]
    [InlineData("red")]
    [InlineData("*")]
    public async Task A_factory_that_began_before_the_removal_does_not_fill_the_cache(string removed)
    {
        var gate = new Gate();
        var runs = 0;
        var old = Cache
            .GetOrCreateAsync(
                "k",
                async token =>
                {
                    var run = Interlocked.Increment(ref runs);
                    await gate.PassAsync(token);
                    return run;
                },
                tags: ["red"]
            )
            .AsTask();
        await gate.ArrivedAsync();
        await Cache.RemoveByTagAsync(removed);
        gate.Open();
        await old;
        Assert.NotEqual(1, await GetAsync("k", 7, tags: ["red"]));
    }

    [Fact]
    public async Task Tags_that_no_entry_may_carry_are_refused()
    {
        foreach (var tag in new[] { "*", "", "  ", null })
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await GetAsync("k", 1, tags: [tag!]));
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Cache.SetAsync("k", 1, tags: [tag!]));
        }

        Assert.Equal(0, await PeekAsync<int>("k"));
    }

    [Fact]
    public async Task Any_number_of_tags_and_tags_of_any_length_are_taken()
    {
        var many = Enumerable.Range(0, 2_500).Select(static n => $"tag {n}").ToArray();
        var (longest, other) = (new string('é', 5_000), new string('é', 4_999) + "e");
        await GetAsync("many", 1, tags: many);
        await Cache.SetAsync("also many", 1, tags: many);
        await GetAsync("long", 1, tags: [longest, "a\nb", "\ud800"]);
        await Cache.SetAsync("other", 1, tags: [other]);
        Assert.Equal(1, await GetAsync("many", 2));
        Assert.Equal(1, await GetAsync("long", 2));

        await Cache.RemoveByTagAsync("tag 2499");
        await Cache.RemoveByTagAsync(longest);

        Assert.Equal(2, await GetAsync("many", 2));
        Assert.Equal(2, await GetAsync("also many", 2));
        Assert.Equal(2, await GetAsync("long", 2, tags: ["a\nb"]));
        Assert.Equal(1, await GetAsync("other", 2));
        await Cache.RemoveByTagAsync("a\nb");
        Assert.Equal(3, await GetAsync("long", 3));
    }
}
