using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>Writes that need what the key holds, while another process loads it.</summary>
[Collection(ManualClockTests.Name)]
public sealed class ResidentWaitTests
{
    private const long Other = 77;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_waits_for_anothers_load_for_as_long_as_a_load_may_take(bool isConditional)
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "5", 1);
        var lease = await tier.TryLeaseAsync("k", Other, CancellationToken.None);

        Task write = isConditional
            ? harness.Cache.SetAsync("k", "6", new WriteOptions { Condition = WriteCondition.IsVersion(1) }).AsTask()
            : harness.Cache.IncrementAsync("k", 1).AsTask();
        await WaitAsync(harness, TimeSpan.FromSeconds(20));
        Assert.False(write.IsCompleted);
        await tier.ReleaseLeaseAsync("k", lease, CancellationToken.None);
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the write");

        await write;
        Assert.Equal("6", (await harness.Cache.GetAsync("k")).Value);
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Refused);
    }

    [Fact]
    public async Task A_load_that_does_not_end_is_what_the_write_fails_with()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        await tier.TryLeaseAsync("user:42", Other, CancellationToken.None);

        var write = harness.Cache.IncrementAsync("user:42", 1).AsTask();
        await WaitAsync(harness, harness.Options.Load.Timeout);
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the end of the wait");

        var error = await Assert.ThrowsAsync<LoadAwaitedException>(() => write);
        Assert.Contains("Load:Timeout", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("user:42", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Refused);
    }

    private static async Task WaitAsync(CacheHarness harness, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(100))
        {
            harness.Time.Advance(TimeSpan.FromMilliseconds(100));
            await CacheHarness.SettleAsync();
        }
    }

    private static async Task<(CacheHarness Harness, ICacheTier Tier)> StartAsync()
    {
        ICacheTier tier = null!;
        var harness = await CacheHarness.StartAsync(
            static options => options.Tier.FillLease = TimeSpan.FromMinutes(1),
            decorate: inner => tier = inner
        );
        return (harness, tier);
    }
}
