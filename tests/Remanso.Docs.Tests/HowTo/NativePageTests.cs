using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Docs.Tests.Support;

namespace Remanso.Docs.Tests.HowTo;

/// <summary>What <c>docs/how-to/native.md</c> lists.</summary>
public sealed partial class NativePageTests : ProgramFolder
{
    [Fact]
    public async Task Values_are_written_by_a_generated_context()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder
            .Services.AddRemanso()
            .UseSqlite("app.db")
            .AddCache<int, User>("users", cache => cache.ValueCodec = ValueCodec.For<User>(AppJson.Default.Options));

        using var host = builder.Build();
        await host.StartAsync();
        var users = host.Services.GetRequiredService<ICache<int, User>>();
        await users.SetAsync(42, new User("Alice", 7));
        Assert.Equal(new User("Alice", 7), (await users.GetAsync(42)).Value);
        await host.StopAsync();
    }

    [Fact]
    public async Task HybridCache_takes_the_options_of_the_context()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddRemanso().AsHybridCache();
        builder.Services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), AppJson.Default.Options);

        using var host = builder.Build();
        await host.StartAsync();
        var cache = host.Services.GetRequiredService<HybridCache>();
        await cache.SetAsync("k", new User("Alice", 7));
        Assert.Equal(new User("Alice", 7), await cache.GetOrCreateAsync("k", static _ => ValueTask.FromResult(new User("none", 0))));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await cache.SetAsync("k", new Unknown("b")));
        await host.StopAsync();
    }

    internal sealed record Unknown(string Name);

    internal sealed record User(string Name, int Level);

    [JsonSerializable(typeof(User))]
    internal sealed partial class AppJson : JsonSerializerContext;
}
