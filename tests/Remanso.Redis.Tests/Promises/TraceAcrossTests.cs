using System.Diagnostics;
using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>The trace of a write leads to its flush although another process flushes.</summary>
public sealed class TraceAcrossTests(TierServer server)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_flush_of_a_worker_is_linked_to_the_trace_that_queued_the_key(bool isNoted)
    {
        var prefix = TierServer.NewCache();
        await server.Process.AllowPrefixAsync(prefix);
        var address = $"{server.Address}/0?prefix={prefix}";
        var store = new ScriptedStore();
        using var spans = new FlushSpans();
        await using var writer = await Node.StartAsync(address, store, flushes: false);
        Activity trace,
            plain,
            increment;
        using (trace = FlushSpans.Begin())
        {
            await writer.Texts.SetAsync(
                "k",
                "v",
                new WriteOptions { IdempotencyKey = isNoted ? "once" : null, Tags = isNoted ? ["t"] : null }
            );
        }

        using (plain = FlushSpans.Begin(isRecorded: false))
        {
            await writer.Texts.SetAsync("plain", "v");
        }

        using (increment = FlushSpans.Begin())
        {
            await writer.Counters.IncrementAsync("n", 5);
        }

        await using var worker = await Node.StartAsync(address, store);
        await Until.TrueAsync(() => spans.LinkedTo(trace).Count > 0 && spans.LinkedTo(increment).Count > 0, "both are flushed, and linked");

        Assert.True(spans.LinkedTo(trace)[0].Link.IsRemote);
        Assert.Equal("v", store.Text("k"));
        Assert.Empty(spans.LinkedTo(plain));
    }
}
