using System.Text;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Testing;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Stores;

/// <summary>A codec that can't decode what another version of the application wrote says nothing of the store.</summary>
[Collection(ManualClockTests.Name)]
public sealed class UndecodableEntryTests
{
    [Theory]
    [InlineData("EndOfStream")]
    [InlineData("Timeout")]
    [InlineData("NotSupported")]
    [InlineData("Format")]
    public async Task A_value_is_a_dead_letter_whatever_its_codec_throws(string kind)
    {
        var codec = new BrittleCodec();
        var store = new FakeStore<string, string>();
        await using var harness = await CacheHarness.StartAsync(declare: cache =>
        {
            cache.ValueCodec = codec;
            cache.Store = _ => store;
        });
        await harness.Cache.SetAsync("k", "v");
        codec.Error = kind switch
        {
            "EndOfStream" => new EndOfStreamException("no such field"),
            "Timeout" => new TimeoutException("no such field"),
            "NotSupported" => new NotSupportedException("no such field"),
            _ => new FormatException("no such field"),
        };

        // It is alone: after three refusals it is the row.
        for (var i = 0; i < 3; i++)
        {
            await harness.Cache.Operations.FlushAsync();
        }

        var letter = Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync());
        Assert.Equal(("k", "The value can't be decoded: no such field"), (letter.Key, letter.Error));
        Assert.Empty(harness.Registry.GetProblems());
        Assert.Empty(store.Batches);
    }

    [Fact]
    public async Task An_error_of_a_key_does_not_say_it()
    {
        var store = new TypedStore<int, string>(new FakeStore<int, string>(), KeyCodec.For<int>(), ValueCodec.For<string>());
        var write = new StoreWrite<string, ReadOnlyMemory<byte>>
        {
            Key = "ann@example.org",
            Value = default,
            Deleted = true,
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };

        var refused = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync([write], TestContext.Current.CancellationToken)
        );

        Assert.True(refused.BlamesRow);
        Assert.DoesNotContain("ann", refused.Message, StringComparison.Ordinal);
    }

    private sealed class BrittleCodec : IValueCodec<string>
    {
        public Exception? Error { get; set; }

        public string ContentType => "text/plain";

        public ReadOnlyMemory<byte> Encode(string value) => Encoding.UTF8.GetBytes(value);

        public string Decode(ReadOnlyMemory<byte> bytes) => Error is { } error ? throw error : Encoding.UTF8.GetString(bytes.Span);
    }
}
