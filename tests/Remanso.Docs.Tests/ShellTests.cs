using Remanso.Conformance.Servers;
using Remanso.Docs.Tests.Pages;
using Remanso.Docs.Tests.Shell;

namespace Remanso.Docs.Tests;

/// <summary>What the pages list for a terminal is pasted, page by page, and does not fail.</summary>
public sealed class ShellTests(RedisServer redis, PostgresServer postgres) : IClassFixture<RedisServer>
{
    public static TheoryData<string> Listed =>
        [.. Page.All.Where(static page => page.Listings.Any(PageRun.IsShell)).Select(static page => page.Path)];

    // The tests of the packages follow it word for word.
    public static TheoryData<string> Pasted =>
        [.. Listed.Select(static row => row.Data).Where(static page => page != "docs/tutorials/first-cache.md")];

    [Theory]
    [MemberData(nameof(Pasted))]
    public async Task Every_listing_is_pasted(string page)
    {
        // A page begins with a Redis of its own: its caches belong to the database of whoever came first.
        await RedisCli.RunAsync("-u", redis.AdminAddress, "FLUSHALL");
        await PageRun.RunAsync(Page.At(page), redis.AdminAddress, postgres.RoleUrl);
    }

    [Theory]
    [MemberData(nameof(Listed))]
    public async Task Every_listing_is_understood_by_a_shell(string page)
    {
        foreach (var listing in Page.At(page).Listings.Where(PageRun.IsShell))
        {
            Assert.Equal($"{listing.Line}: ", $"{listing.Line}: {await PageRun.CheckAsync(listing.Text)}");
        }
    }
}
