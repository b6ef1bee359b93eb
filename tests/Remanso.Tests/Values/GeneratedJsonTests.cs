using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Entries;
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

    [Theory]
    [InlineData(typeof(long), "7")]
    [InlineData(typeof(int?), "null")]
    [InlineData(typeof(decimal?), "1.50")]
    [InlineData(typeof(bool), "true")]
    [InlineData(typeof(Guid), "\"8c0f3b0a-6f2e-4a7b-9d55-0a1f6c1d2e3f\"")]
    [InlineData(typeof(DateTimeOffset), "\"2026-01-01T12:00:00.0000001+02:00\"")]
    [InlineData(typeof(TimeSpan), "\"1.02:03:04\"")]
    [InlineData(typeof(char), "\"x\"")]
    [InlineData(typeof(Uri), "\"https://example.org/\"")]
    public void Plain_values_need_no_context(Type type, string json)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = PlainJson.Instance };

        Assert.Null(JsonRoundTrip.Problem(type, options));
        var value = JsonSerializer.Deserialize(json, options.GetTypeInfo(type));
        Assert.Equal(JsonSerializer.Deserialize(json, type), value);
        Assert.Equal(json, JsonSerializer.Serialize(value, options.GetTypeInfo(type)));
    }

    [Fact]
    public void Plain_values_know_no_type_of_the_applications() =>
        Assert.Contains(
            "Known is nothing that JSON can keep",
            JsonRoundTrip.Problem(typeof(Known), new JsonSerializerOptions { TypeInfoResolver = PlainJson.Instance }),
            StringComparison.Ordinal
        );

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
