using Remanso.Conformance.Faces;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>Writes that depend on what their key holds, in a cache with a loader of its own: what is not cached is not
/// absent, for the loader has it.</summary>
public abstract class AsideLoaderConformance(FaceHarness harness) : AsideSuite(harness)
{
    private static readonly TimeSpan _ages = TimeSpan.FromHours(1);

    [Fact]
    public async Task Numbers_are_merged_into_what_the_loader_brings()
    {
        var cache = await LoadingAsync("100");

        Assert.Equal(101, (await cache.IncrementAsync("sum", cancellationToken: Cancelled)).Value);
        Assert.Equal(100, (await cache.MaxAsync("max", 7, cancellationToken: Cancelled)).Value);
        Assert.Equal(7, (await cache.MinAsync("min", 7, cancellationToken: Cancelled)).Value);
        Assert.Equal("101", (await cache.GetAsync("sum", Cancelled)).Value);
        Assert.Equal(102, (await cache.IncrementAsync("sum", cancellationToken: Cancelled)).Value);
    }

    [Fact]
    public async Task Json_is_merged_into_what_the_loader_brings()
    {
        var cache = await LoadingAsync("""{"name":"Ada","level":7}""");
        await cache.PatchAsync("user", """{"level":12}""", cancellationToken: Cancelled);
        Assert.Equal("""{"name":"Ada","level":12}""", (await cache.GetAsync("user", Cancelled)).Value);
    }

    [Fact]
    public async Task Elements_are_appended_to_what_the_loader_brings()
    {
        var cache = await LoadingAsync("[1]");
        await cache.AppendAsync("list", "2", cancellationToken: Cancelled);
        Assert.Equal("[1,2]", (await cache.GetAsync("list", Cancelled)).Value);
    }

    [Fact]
    public async Task Conditions_hold_of_what_the_loader_brings()
    {
        var cache = await LoadingAsync("100");

        await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await cache.SetAsync("set", "1", new WriteOptions { Condition = WriteCondition.Absent }, Cancelled)
        );
        Assert.Equal("100", (await cache.GetAsync("set", Cancelled)).Value);
        await cache.SetAsync("present", "1", new WriteOptions { Condition = WriteCondition.Present }, Cancelled);
        await cache.RemoveAsync("removed", new WriteOptions { Condition = WriteCondition.Present }, Cancelled);
        await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await cache.MergeAsync("merged", Merge.Add(1), new WriteOptions { Condition = WriteCondition.Absent }, Cancelled)
        );
        var many = await cache.SetManyAsync(
            [new("a", "1"), new("b", "2")],
            new WriteOptions { Condition = WriteCondition.Present },
            Cancelled
        );
        Assert.All(many, static outcome => Assert.Null(outcome.Error));
    }

    [Fact]
    public async Task What_the_loader_does_not_have_is_absent()
    {
        var cache = await LoadingAsync(null);

        Assert.Equal(1, (await cache.IncrementAsync("sum", cancellationToken: Cancelled)).Value);
        await cache.SetAsync("absent", "1", new WriteOptions { Condition = WriteCondition.Absent }, Cancelled);
        await Assert.ThrowsAsync<VersionConflictException>(async () =>
            await cache.SetAsync("present", "1", new WriteOptions { Condition = WriteCondition.Present }, Cancelled)
        );
    }

    [Fact]
    public async Task Absence_that_is_not_cached_is_known_for_long_enough()
    {
        var cache = await LoadingAsync(null, static cache => cache.Options.Ttl.Absent = TimeSpan.Zero);
        Assert.Equal(1, (await cache.IncrementAsync("sum", cancellationToken: Cancelled)).Value);
    }

    [Fact]
    public async Task What_is_past_its_ttl_or_was_removed_is_loaded_again()
    {
        var cache = await LoadingAsync("100", static cache => cache.Options.Ttl.Base = Brief);
        await cache.SetAsync("old", "5", cancellationToken: Cancelled);
        await cache.SetAsync("removed", "5", _ages, Cancelled);
        Assert.Equal(6, (await cache.IncrementAsync("removed", cancellationToken: Cancelled)).Value);
        await OutlastAsync();
        await cache.RemoveAsync("removed", cancellationToken: Cancelled);

        Assert.Equal(101, (await cache.IncrementAsync("old", cancellationToken: Cancelled)).Value);
        Assert.Equal(101, (await cache.IncrementAsync("removed", cancellationToken: Cancelled)).Value);
    }

    [Fact]
    public async Task What_the_loader_does_not_want_cached_is_a_base_all_the_same()
    {
        var cache = await StartAsync(static cache =>
            cache.UseLoader(
                static (_, context, _) =>
                {
                    context.DoNotCache();
                    return ValueTask.FromResult<string?>("100");
                }
            )
        );
        Assert.Equal(101, (await cache.IncrementAsync("sum", cancellationToken: Cancelled)).Value);
    }

    [Fact]
    public async Task A_repeated_merge_is_made_once()
    {
        var cache = await LoadingAsync("100");
        var once = new WriteOptions { IdempotencyKey = "once" };
        Assert.Equal(101, (await cache.IncrementAsync("sum", options: once, cancellationToken: Cancelled)).Value);
        await cache.InvalidateAsync("sum", Cancelled);
        Assert.Equal(101, (await cache.IncrementAsync("sum", options: once, cancellationToken: Cancelled)).Value);
    }

    [Fact]
    public async Task Concurrent_merges_share_one_load_and_all_count()
    {
        var loads = 0;
        var cache = await StartAsync(cache =>
        {
            cache.Options.Ttl.Base = _ages;
            cache.UseLoader(
                async (_, _, _) =>
                {
                    Interlocked.Increment(ref loads);
                    await Task.Yield();
                    return "100";
                }
            );
        });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => cache.IncrementAsync("sum", cancellationToken: Cancelled).AsTask()));

        Assert.Equal(("120", 1), ((await cache.GetAsync("sum", Cancelled)).Value, loads));
    }

    [Fact]
    public async Task A_load_that_fails_fails_the_write_and_holds_up_nobody()
    {
        var fails = true;
        var cache = await StartAsync(cache =>
            cache.UseLoader((_, _, _) => fails ? throw new InvalidDataException("away") : ValueTask.FromResult<string?>("100"))
        );

        await Assert.ThrowsAsync<InvalidDataException>(async () => await cache.IncrementAsync("sum", cancellationToken: Cancelled));
        fails = false;

        Assert.Equal("100", (await cache.GetAsync("sum", Cancelled)).Value);
        Assert.Equal(101, (await cache.IncrementAsync("sum", cancellationToken: Cancelled)).Value);
    }

    private Task<ICache<string, string>> LoadingAsync(string? value, Action<CacheConfiguration<string, string>>? configure = null) =>
        StartAsync(cache =>
        {
            cache.Options.Ttl.Base = _ages;
            cache.UseLoader((_, _, _) => ValueTask.FromResult(value));
            configure?.Invoke(cache);
        });
}
