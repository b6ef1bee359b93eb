using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>The tier's signals.</summary>
public abstract class TierObserverConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task Writes_and_deletes_are_heard_with_their_versions()
    {
        var (tier, observer) = await StartObservedAsync();
        var written = await tier.WriteAsync("k", "v");
        await observer.HeardAsync($"changed k {written}");
        var deleted = await tier.DeleteAsync("k");
        await observer.HeardAsync($"changed k {deleted}");
    }

    [Fact]
    public async Task Invalidations_are_heard_without_a_version()
    {
        var (tier, observer) = await StartObservedAsync();
        await tier.InvalidateAsync("k");
        await observer.HeardAsync("changed k 0");
        await tier.InvalidateAllAsync(Cancelled);
        await observer.HeardAsync("cleared");
    }

    [Fact]
    public async Task What_the_store_has_is_heard_even_where_the_key_was_written_again()
    {
        var (tier, observer) = await StartObservedAsync();
        var version = await tier.WriteAsync("k", "v");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await tier.WriteAsync("k", "w");
        await tier.SettleAsync(taken.Stored());
        await observer.HeardAsync($"stored k {version}");
    }

    [Fact]
    public async Task A_superseded_entry_is_heard_as_such_and_as_changed()
    {
        var (tier, observer) = await StartObservedAsync();
        var version = await tier.WriteAsync("k", "v");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await tier.SettleAsync(taken.Superseded("the store's", version + 5));
        await observer.HeardAsync($"superseded k {version} {version + 5}");
        await observer.HeardAsync($"changed k {version + 5}");
    }

    [Fact]
    public async Task A_dead_letter_is_heard_with_its_error()
    {
        var (tier, observer) = await StartObservedAsync();
        var version = await tier.DeadLetterAsync("k", "v", "too long");
        await observer.HeardAsync($"dead k {version} too long");
    }

    [Fact]
    public async Task A_dropped_dead_letter_is_heard_as_invalidated()
    {
        var (tier, observer) = await StartObservedAsync();
        await tier.DeadLetterAsync("k", "v");
        await tier.DropDeadLettersAsync(["k"], Cancelled);
        await observer.HeardAsync("changed k 0");
    }

    [Fact]
    public async Task An_urgent_write_wants_a_flush_at_once()
    {
        var (tier, observer) = await StartObservedAsync();
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Value = TierSteps.Bytes("v"),
                Urgent = true,
            }
        );
        await observer.HeardAsync("flush wanted at once");
    }

    [Theory]
    [InlineData("k")]
    [InlineData(null)]
    public async Task Who_still_waits_for_the_store_asks_for_a_flush_again(string? key)
    {
        var (tier, observer) = await StartObservedAsync();
        await tier.WriteAsync("k", "v");

        tier.WantFlush(key);

        await observer.HeardAsync("flush wanted at once");
    }

    [Fact]
    public async Task A_write_that_finds_no_room_wants_a_flush()
    {
        var (tier, observer) = await StartObservedAsync(static options => (options.Partitions, options.MaxDirtyEntries) = (1, 2));
        await tier.WriteAsync("a", "1");
        await tier.WriteAsync("b", "2");
        Assert.DoesNotContain("flush wanted", observer.Heard);

        var refused = await tier.TryWriteAsync(new TierWrite { Key = "c", Value = TierSteps.Bytes("3") });

        Assert.Equal(TierWriteOutcome.Full, refused.Outcome);
        await observer.HeardAsync("flush wanted");
    }

    [Fact]
    public async Task A_full_batch_wants_a_flush_and_a_single_write_does_not()
    {
        // One partition: a tier may count per partition.
        var (tier, observer) = await StartObservedAsync(options => (options.Partitions, options.FlushBatchSize) = (1, 5));
        for (var i = 0; i < 4; i++)
        {
            await tier.WriteAsync($"key:{i}", "v");
        }

        var last = await tier.WriteAsync("key:0", "again");
        await observer.HeardAsync($"changed key:0 {last}");
        Assert.DoesNotContain("flush wanted", observer.Heard);
        await tier.WriteAsync("key:4", "v");
        await observer.HeardAsync("flush wanted");
    }

    [Fact]
    public async Task A_refused_write_is_not_heard()
    {
        var (tier, observer) = await StartObservedAsync();
        await tier.WriteIfAsync("k", "v", WriteCondition.Present);
        var version = await tier.WriteAsync("other", "v");
        await observer.HeardAsync($"changed other {version}");
        Assert.DoesNotContain(observer.Heard, signal => signal.StartsWith("changed k", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_unsubscribed_hears_nothing_more()
    {
        var (tier, observer) = await StartObservedAsync();
        var gone = new RecordingObserver();
        var subscription = tier.Subscribe(gone);
        subscription.Dispose();
        subscription.Dispose();
        var version = await tier.WriteAsync("k", "v");
        await observer.HeardAsync($"changed k {version}");
        Assert.Empty(gone.Heard);
    }

    private async Task<(ICacheTier Tier, RecordingObserver Observer)> StartObservedAsync(Action<TierOptions>? configure = null)
    {
        var tier = await StartAsync(configure);
        var observer = new RecordingObserver();
        tier.Subscribe(observer);
        return (tier, observer);
    }
}
