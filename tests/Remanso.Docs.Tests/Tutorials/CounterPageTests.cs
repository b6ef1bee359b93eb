using Remanso.Conformance.Servers;
using Remanso.Docs.Tests.Pages;

namespace Remanso.Docs.Tests.Tutorials;

/// <summary>What <c>docs/tutorials/counter-under-load.md</c> lists.</summary>
public sealed class CounterPageTests(RedisServer redis) : ProgramFolder, IClassFixture<RedisServer>
{
    [Fact]
    public async Task A_hundred_thousand_views_are_a_few_rows()
    {
        await using var caches = await RemansoCaches.CreateAsync(remanso =>
            remanso.UseSqlite("counter.db").AddCache<string, long>("views")
        );
        var views = caches.Get<string, long>("views");

        await Parallel.ForEachAsync(Enumerable.Range(0, 100_000), async (i, stop) =>
            await views.IncrementAsync($"page:{i % 10}", cancellationToken: stop)
        );

        await views.Operations.FlushAsync();
        var statistics = await views.Operations.GetStatisticsAsync();
        Console.WriteLine($"page:3 has {(await views.GetAsync("page:3")).Value} views");
        Console.WriteLine($"{statistics.Writes} writes became {statistics.Flush.Stored} rows");

        Assert.Contains("page:3 has 10000 views", Page.At("docs/tutorials/counter-under-load.md").Text, StringComparison.Ordinal);
        Assert.Equal(10_000, (await views.GetAsync("page:3")).Value);
        Assert.Equal(100_000, statistics.Writes);
        Assert.InRange(statistics.Flush.Stored, 10, 1000);
    }

    [Fact]
    public async Task A_journal_keeps_a_count_and_a_key_of_its_own_counts_once()
    {
        await using var caches = await RemansoCaches.CreateAsync(remanso =>
            remanso.UseSqlite("counter.db").UseSqliteJournal("journal.db").AddCache<string, long>("views")
        );
        var views = caches.Get<string, long>("views");

        await views.IncrementAsync("page:1", options: new WriteOptions { Durability = Durability.Logged });
        Assert.Equal(1, (await views.GetAsync("page:1")).Value);

        var once = new WriteOptions { IdempotencyKey = "view-7f3a" };
        await views.IncrementAsync("page:1", options: once);
        await views.IncrementAsync("page:1", options: once); // the same count: nothing is added
        Assert.Equal(2, (await views.GetAsync("page:1")).Value);
    }

    [Fact]
    public async Task Several_processes_count_the_same_number()
    {
        await using var caches = await RemansoCaches.CreateAsync(remanso =>
            remanso.UseRedis("redis://localhost:6379").UseSqlite("counter.db").AddCache<string, long>("views").UseRedis(redis.AdminAddress)
        );
        Assert.Equal(1, (await caches.Get<string, long>("views").IncrementAsync("page:1")).Value);
    }
}
