using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Values;

/// <summary>Values that can't be decoded for their tags are unreadable in the way in which others are.</summary>
[Collection(ManualClockTests.Name)]
public sealed class UnreadableTagTests
{
    [Fact]
    public async Task A_row_of_an_older_shape_is_counted_and_its_key_is_not_held_back()
    {
        var codec = new AgingCodec();
        var store = new ScriptedStore();
        await using var harness = await CacheHarness.StartAsync(store: store, declare: cache =>
        {
            cache.ValueCodec = codec;
            cache.Tags = static (_, value) => [value];
        });
        codec.Ages();
        store.Put("k", "old", 7);
        for (var i = 1; i <= 3; i++)
        {
            var error = await Assert.ThrowsAsync<UnreadableValueException>(async () => await harness.Cache.GetAsync("k"));
            Assert.Equal(("k", 7, i), (error.Key, error.Version, store.Loads.Count));
        }

        Assert.Equal(3, harness.Counters.UnreadableReads.Value);
        store.Put("k", "new", 8);
        Assert.Equal(["new"], (await harness.Cache.GetAsync("k")).Entry!.Tags);
    }

    [Fact]
    public async Task What_a_loader_of_many_brings_and_the_codec_does_not_bring_back_is_the_error_of_its_key_alone()
    {
        var codec = new AgingCodec();
        await using var harness = await CacheHarness.StartAsync(declare: cache =>
        {
            cache.ValueCodec = codec;
            cache.Tags = static (_, value) => [value];
        });
        codec.Ages();

        var read = await harness.Cache.GetOrLoadManyAsync(["k", "good"], static (_, _) =>
            ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { ["k"] = "old", ["good"] = "new" })
        );

        Assert.IsType<UnreadableValueException>(read["k"].Error);
        Assert.Equal("new", read["good"].Value);
    }
}
