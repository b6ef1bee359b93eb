using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.Hosting;
using Remanso.Telemetry;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Values;

/// <summary>A copy that is passed over is not passed over in silence.</summary>
public sealed class UnreadableValueTests
{
    [Fact]
    public async Task A_copy_of_an_older_shape_is_counted_and_logged_with_its_cache_and_key()
    {
        var codec = new AgingCodec();
        using var log = new RecordingLog();
        await using var caches = await RemansoCaches.CreateAsync(
            remanso =>
            {
                remanso.Services.AddSingleton<ILoggerFactory>(log);
                remanso.WithoutStore().AddCache<string, string>("values", cache => cache.ValueCodec = codec);
            },
            TestContext.Current.CancellationToken
        );
        var cache = caches.Get<string, string>("values");
        await cache.SetAsync("k", "old", cancellationToken: TestContext.Current.CancellationToken);
        codec.Ages();

        Assert.False((await cache.GetAsync("k", TestContext.Current.CancellationToken)).Found);

        Assert.Equal(1, caches.Services.GetRequiredService<CacheRegistry>().Runtimes.Single().Counters.UnreadableReads.Value);
        var line = Assert.Single(log.Lines, static line => line.Contains("an older shape", StringComparison.Ordinal));
        Assert.StartsWith($"Cache values: the copy of key {new HashedKey("k")} ", line, StringComparison.Ordinal);
    }
}
