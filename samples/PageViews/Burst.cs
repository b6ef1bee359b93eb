using Remanso;

namespace PageViews;

/// <summary>Many visitors at once, over HTTP, and what the database saw of them.</summary>
internal sealed class Burst(Uri address, PageTable table, ICacheRegistry registry, TimeProvider time)
{
    private const int Pages = 10;
    private const int Visitors = 50;

    /// <summary>Views pages, and tells how many rows the database wrote.</summary>
    public async Task CountAsync(int views)
    {
        var sumBefore = await table.SumAsync();
        var before = (await registry.GetStatisticsAsync())["views"].Flush;
        var began = time.GetTimestamp();
        await VisitAsync(views, static (client, page) => client.PostAsync(page, content: null));
        Console.WriteLine($"{views:N0} views of {Pages} pages by {Visitors} visitors in {time.GetElapsedTime(began).TotalSeconds:0.0} s");

        while ((await registry.GetStatisticsAsync())["views"].Dirty.Entries > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), time);
        }

        var after = (await registry.GetStatisticsAsync())["views"].Flush;
        Console.WriteLine($"The database wrote {after.Stored - before.Stored:N0} rows, in {after.Batches - before.Batches:N0} batches");
        Console.WriteLine($"Its table has {await table.SumAsync() - sumBefore:N0} views more than before");
    }

    /// <summary>Reads the counts of pages that no cache holds, and tells how many queries the database answered.</summary>
    public async Task ReadAsync(ICache<string, long> cache, int reads)
    {
        await cache.InvalidateAllAsync();
        var before = (await registry.GetStatisticsAsync())["views"].Loads.Queries;
        await VisitAsync(reads, static (client, page) => client.GetAsync(page));
        var queries = (await registry.GetStatisticsAsync())["views"].Loads.Queries - before;
        Console.WriteLine($"{reads:N0} reads of these pages, from an empty cache: the database answered {queries:N0} queries");
    }

    private async Task VisitAsync(int times, Func<HttpClient, string, Task<HttpResponseMessage>> call)
    {
        using var client = new HttpClient { BaseAddress = address };
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Visitors).Select(_ => VisitorAsync()));

        async Task VisitorAsync()
        {
            for (var visit = Interlocked.Increment(ref next); visit <= times; visit = Interlocked.Increment(ref next))
            {
                using var answer = await call(client, $"/pages/page-{(visit % Pages) + 1}/views");
                answer.EnsureSuccessStatusCode();
            }
        }
    }
}
