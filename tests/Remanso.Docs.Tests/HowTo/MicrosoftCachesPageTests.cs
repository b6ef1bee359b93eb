using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Remanso.Conformance.Servers;

namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/microsoft-caches.md</c> and <c>hybrid-cache.md</c> list.</summary>
public sealed class MicrosoftCachesPageTests(RedisServer redis) : ProgramFolder, IClassFixture<RedisServer>
{
    [Fact]
    public async Task One_line_puts_it_behind_both_contracts()
    {
        var builder = Declared.Builder();
        builder.Services.AddRemanso().UseRedis("redis://localhost:6379").AsHybridCache().AsDistributedCache();
        builder.Services.AddRemanso().UseRedis(redis.AdminAddress);

        await Declared.RunAsync(builder, static async services =>
        {
            Assert.Equal(1, await services.GetRequiredService<HybridCache>().GetOrCreateAsync("a", static _ => ValueTask.FromResult(1)));
            await services.GetRequiredService<IDistributedCache>().SetAsync("b", [1]);
            Assert.NotNull(await services.GetRequiredService<IDistributedCache>().GetAsync("b"));
        });
    }

    [Fact]
    public async Task Options_stand_in_its_own_call()
    {
        var builder = Declared.Builder();
        builder
            .Services.AddRemanso()
            .AsHybridCache(options => options.DefaultEntryOptions = new() { Expiration = TimeSpan.FromMinutes(10) });

        await Declared.RunAsync(builder, static async services =>
            Assert.Equal(1, await services.GetRequiredService<HybridCache>().GetOrCreateAsync("a", static _ => ValueTask.FromResult(1)))
        );
    }

    [Fact]
    public async Task Responses_are_kept_on_the_tier()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddRemanso().UseRedis("redis://localhost:6379").AsOutputCache();
        await using var app = builder.Build();
        app.UseOutputCache();
        Assert.NotNull(app.Services.GetRequiredService<IOutputCacheStore>());
    }
}
