using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>The write mode <see cref="WriteMode.Through"/>.</summary>
[Collection(ManualClockTests.Name)]
public sealed class ThroughTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Every_write_is_stored_when_it_returns_whatever_durability_it_asks_for()
    {
        await using var harness = await StartAsync();

        var set = await harness.Cache.SetAsync("k", "v", new() { Durability = Durability.Accepted }).AsTask().WaitAsync(_patience);
        Assert.Equal((Durability.Stored, set.Version), (set.Durability, harness.Store.Rows["k"].Version));

        var sum = await harness.Cache.IncrementAsync("n", 5).AsTask().WaitAsync(_patience);
        Assert.Equal((Durability.Stored, sum.Receipt.Version), (sum.Receipt.Durability, harness.Store.Rows["n"].Version));

        var removed = await harness.Cache.RemoveAsync("k").AsTask().WaitAsync(_patience);
        Assert.Equal((true, removed.Version), (harness.Store.Rows["k"].Deleted, harness.Store.Rows["k"].Version));
    }

    [Fact]
    public async Task Writers_at_the_same_time_share_a_commit()
    {
        var gate = new Gate();
        await using var harness = await StartAsync();
        var saves = 0;
        harness.Store.BeforeSave = _ => saves++ == 0 ? gate.PassAsync() : Task.CompletedTask;

        var first = harness.Cache.SetAsync("first", "v").AsTask();
        await gate.ArrivedAsync();
        var others = Enumerable.Range(0, 100).Select(i => harness.Cache.SetAsync($"k{i}", "v").AsTask()).ToArray();
        gate.Open();

        await Task.WhenAll([first, .. others]).WaitAsync(_patience);
        Assert.Equal(2, saves);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("known-again")]
    public async Task What_the_store_refuses_is_taken_back_and_its_writer_is_told_why(string? idempotencyKey)
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "good").AsTask().WaitAsync(_patience);
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "k") ? throw new StoreException("too long", isTransient: false) : Task.CompletedTask;

        var write = harness.Cache.SetAsync("k", "bad", new() { IdempotencyKey = idempotencyKey }).AsTask();
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the refusal");

        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => write);
        Assert.Contains("too long", exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsAccepted);
        Assert.Equal("good", (await harness.Cache.GetAsync("k")).Value);
        Assert.Empty(await harness.Cache.Operations.GetDeadLettersAsync());
    }

    [Fact]
    public async Task A_cache_without_a_store_is_refused()
    {
        var exception = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            CacheHarness.StartAsync(
                static options => options.WriteMode = WriteMode.Through,
                declare: static cache => cache.WithoutStore = true
            )
        );

        Assert.Contains("WriteMode", exception.Message, StringComparison.Ordinal);
    }

    private static Task<CacheHarness> StartAsync() =>
        CacheHarness.StartAsync(static options =>
        {
            options.WriteMode = WriteMode.Through;
            options.Flush.Interval = TimeSpan.FromHours(1);
        });
}
