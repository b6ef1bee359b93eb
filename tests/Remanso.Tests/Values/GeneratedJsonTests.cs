using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Remanso.Tests.Values;

/// <summary>Values that are written by generated code, as native applications must.</summary>
public sealed partial class GeneratedJsonTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_generated_context_is_all_that_a_cache_needs()
    {
        await using var services = Declare<Known>();
        var cache = services.GetRequiredService<ICache<string, Known>>();

        await cache.SetAsync("k", new Known("Ann", 7), cancellationToken: Cancellation);
        await cache.PatchAsync("k", """{"Level":8}""", cancellationToken: Cancellation);

        Assert.Equal(new Known("Ann", 8), (await cache.GetAsync("k", Cancellation)).Value);
        await Assert.ThrowsAsync<InvalidMergeException>(async () =>
            await cache.PatchAsync("k", """{"Level":"high"}""", cancellationToken: Cancellation)
        );
    }

    [Fact]
    public async Task A_type_that_the_context_does_not_know_is_refused_at_the_start()
    {
        await using var services = Declare<Unknown>();

        var refusal = Assert.Throws<CacheConfigurationException>(services.GetRequiredService<ICacheRegistry>);

        Assert.Contains(
            "The cache 'values' can't keep its values: Unknown is nothing that JSON can keep",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    private static ServiceProvider Declare<TValue>()
    {
        var services = new ServiceCollection();
        services
            .AddRemanso()
            .UseMemoryTier()
            .AddCache<string, TValue>("values", cache =>
            {
                cache.WithoutStore = true;
                cache.ValueCodec = ValueCodec.For<TValue>(GeneratedJson.Default.Options);
            });
        return services.BuildServiceProvider();
    }

    public sealed record Known(string Name, int Level);

    public sealed record Unknown(string Name);

    [JsonSerializable(typeof(Known))]
    private sealed partial class GeneratedJson : JsonSerializerContext;
}
