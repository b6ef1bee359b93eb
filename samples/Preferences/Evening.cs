using Microsoft.EntityFrameworkCore;
using Remanso;

namespace Preferences;

/// <summary>What happens when many users come at once: each page asks for preferences, and some are changed.</summary>
internal sealed class Evening(
    IDbContextFactory<PreferencesContext> contexts,
    ICache<int, Preference> cache,
    ICacheRegistry registry,
    CommandCount commands
)
{
    private const int Requests = 1_000;

    /// <summary>As it was before: each request is a query.</summary>
    public async Task ReadFromDatabaseAsync()
    {
        var before = commands.Queries;
        await Parallel.ForAsync(0, Requests, async (request, stop) =>
        {
            await using var context = await contexts.CreateDbContextAsync(stop);
            await context.Preferences.AsNoTracking().SingleAsync(row => row.UserId == UserOf(request), stop);
        });
        Console.WriteLine($"{Requests:N0} requests without the cache: {commands.Queries - before:N0} queries");
    }

    public async Task ReadThroughCacheAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, Requests).Select(request => cache.GetAsync(UserOf(request)).AsTask()));
        var statistics = (await registry.GetStatisticsAsync())["preferences"];
        Console.WriteLine($"{Requests:N0} requests with the cache: {statistics.Loads.Queries:N0} queries");
    }

    /// <summary>Every user changes something ten times, as with a slider. The cache accepts each change at once.</summary>
    public async Task ChangeAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, Requests).Select(request => cache.UpdateAsync(UserOf(request), Change).AsTask()));
        await cache.Operations.FlushAsync();
        var flush = (await registry.GetStatisticsAsync())["preferences"].Flush;
        Console.WriteLine($"{Requests:N0} changes: {flush.Stored:N0} rows written, batches: {flush.Batches:N0}");

        static Preference Change(Preference? was) =>
            new()
            {
                UserId = was!.UserId,
                Theme = "dark",
                Language = was.Language,
                EmailsPerWeek = was.EmailsPerWeek - 1,
            };
    }

    /// <summary>The table is the application's own, so everything else reads it as before.</summary>
    public async Task LookAsync()
    {
        await using var context = await contexts.CreateDbContextAsync();
        var changed = await context.Preferences.CountAsync(static row => row.Theme == "dark" && row.EmailsPerWeek == -3);
        Console.WriteLine($"Entity Framework finds {changed} of {PreferencesTable.Users} users with all ten changes");
    }

    private static int UserOf(int request) => (request % PreferencesTable.Users) + 1;
}
