using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Watching;

[Collection(ManualClockTests.Name)]
public sealed class WatchKeyTests
{
    [Fact]
    public async Task A_key_that_the_codec_can_do_nothing_with_ends_no_watch()
    {
        await using var harness = await CacheHarness.StartAsync(declare: static cache => cache.KeyCodec = new Numbered());
        await using var watch = harness.Cache.WatchAsync().GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await watch.MoveNextAsync());

        await harness.Cache.SetAsync("other", "v");
        await harness.Cache.SetAsync("1:own", "v");

        Assert.True(await watch.MoveNextAsync());
        Assert.Equal("1:own", watch.Current.Key);
    }

    private sealed class Numbered : IKeyCodec<string>
    {
        public string Encode(string key) => key;

        public string Decode(string key) => key[..(key.IndexOf(':', StringComparison.Ordinal) + 1)] + key.Split(':')[1];
    }
}
