using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class IdempotencyTests
{
    private static readonly WriteOptions _named = new() { IdempotencyKey = "a-name" };

    [Fact]
    public async Task A_repeated_write_returns_the_first_ones_version_and_has_no_effect()
    {
        await using var harness = await CacheHarness.StartAsync();
        var first = await harness.Cache.SetAsync("k", "v", _named);
        await harness.Cache.SetAsync("k", "later");

        Assert.Equal(first, await harness.Cache.SetAsync("k", "v", _named));
        Assert.Equal("later", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task A_repeated_write_is_counted_and_told_once()
    {
        await using var harness = await CacheHarness.StartAsync();
        var told = 0;
        using var observation = harness.Registry.Observe(_ => Interlocked.Increment(ref told), CacheEventKinds.Written);

        await harness.Cache.SetAsync("k", "v", _named);
        await harness.Cache.SetAsync("k", "v", _named);
        await harness.Cache.IncrementAsync("n", 1, _named);
        await harness.Cache.IncrementAsync("n", 1, _named);

        Assert.Equal((2, 2), ((await harness.Cache.Operations.GetStatisticsAsync()).Writes, told));
    }

    [Fact]
    public async Task An_increment_whose_answer_was_lost_counts_once()
    {
        FaultyTier tier = null!;
        await using var harness = await CacheHarness.StartAsync(decorate: inner => tier = new FaultyTier(inner) { IsLocal = false });
        tier.After = operation =>
            operation == nameof(ICacheTier.WriteAsync)
                ? throw new TierUnavailableException("the answer was lost", mayHaveHappened: true)
                : ValueTask.CompletedTask;
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await CountUntilItGetsThereAsync());
        tier.After = null;

        Assert.Equal(1, (await CountUntilItGetsThereAsync()).Value);

        async Task<CounterReceipt> CountUntilItGetsThereAsync()
        {
            for (var tries = 0; ; tries++)
            {
                try
                {
                    return await harness.Cache.IncrementAsync("k", 1, _named);
                }
                catch (TierUnavailableException) when (tries < 20 && tier.After is null)
                {
                    // The tier counts as down for a moment after a failure.
                    harness.Time.Advance(TimeSpan.FromSeconds(1));
                    await CacheHarness.SettleAsync();
                }
            }
        }
    }

    [Fact]
    public async Task Another_write_under_the_same_name_is_refused()
    {
        await using var harness = await CacheHarness.StartAsync();
        await harness.Cache.SetAsync("k", "v", _named);

        var error = await Assert.ThrowsAsync<IdempotencyConflictException>(async () => await harness.Cache.SetAsync("k", "w", _named));
        Assert.Equal(("k", "a-name"), (error.Key, error.IdempotencyKey));
        await Assert.ThrowsAsync<IdempotencyConflictException>(async () => await harness.Cache.RemoveAsync("k", _named));
        await Assert.ThrowsAsync<IdempotencyConflictException>(async () => await harness.Cache.IncrementAsync("k", 1, _named));
        await Assert.ThrowsAsync<IdempotencyConflictException>(async () =>
            await harness.Cache.SetAsync("k", "v", _named with { Condition = WriteCondition.Present })
        );
        Assert.Equal("v", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task Many_writes_are_named_by_their_place_too()
    {
        await using var harness = await CacheHarness.StartAsync();
        KeyValuePair<string, string>[] entries = [new("k", "1"), new("k", "2"), new("j", "3")];

        var first = await harness.Cache.SetManyAsync(entries, _named);
        await harness.Cache.SetAsync("k", "later");
        var again = await harness.Cache.SetManyAsync(entries, _named);
        var other = await harness.Cache.SetManyAsync([new("k", "1"), new("k", "other")], _named);

        Assert.Equal(first, again);
        Assert.Equal("later", (await harness.Cache.GetAsync("k")).Value);
        Assert.Null(other[0].Error);
        Assert.IsType<IdempotencyConflictException>(other[1].Error);
    }

    [Fact]
    public async Task A_repeated_write_can_wait_for_the_store()
    {
        await using var harness = await CacheHarness.StartAsync();
        var stored = _named with { Durability = Durability.Stored };
        var first = await harness.Cache.SetAsync("k", "v", stored);

        var again = harness.Cache.SetAsync("k", "v", stored).AsTask();
        await harness.AdvanceUntilAsync(() => again.IsCompleted, "the repetition has seen that it is stored");

        Assert.Equal(first, await again);
        Assert.Single(harness.Store.Saves);
    }

    [Fact]
    public async Task What_can_not_be_noted_is_refused_until_the_oldest_is_forgotten()
    {
        await using var harness = await CacheHarness.StartAsync(options => options.Tier.MaxIdempotencyKeys = 1);
        await harness.Cache.SetAsync("k", "v", _named);

        var pressure = await Assert.ThrowsAsync<IdempotencyExhaustedException>(async () => await harness.Cache.SetAsync("j", "v", _named));
        Assert.InRange(pressure.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        await harness.Cache.SetAsync("j", "without a name");

        harness.Time.Advance(TimeSpan.FromMinutes(10));
        await harness.Cache.SetAsync("j", "v", _named);
    }

    [Fact]
    public async Task A_name_that_is_too_long_for_one_of_many_is_refused_for_all()
    {
        await using var harness = await CacheHarness.StartAsync();
        var many = Enumerable.Range(0, 11).Select(static n => KeyValuePair.Create($"k{n}", "v")).ToArray();
        await Assert.ThrowsAsync<ArgumentException>(async () => await harness.Cache.SetManyAsync(many, Named(253)));
        await Assert.ThrowsAsync<ArgumentException>(async () => await harness.Cache.SetManyAsync(many, Named(0)));
        Assert.False((await harness.Cache.GetAsync("k0")).Found);

        Assert.All(await harness.Cache.SetManyAsync(many, Named(252)), static outcome => Assert.Null(outcome.Error));
        Assert.All(await harness.Cache.SetManyAsync(many[..10], Named(253)), static outcome => Assert.Null(outcome.Error));

        static WriteOptions Named(int length) => new() { IdempotencyKey = new string('n', length) };
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("ä")]
    public async Task A_name_is_of_visible_ASCII(string name)
    {
        await using var harness = await CacheHarness.StartAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await harness.Cache.SetAsync("k", "v", new WriteOptions { IdempotencyKey = name })
        );
        await Assert.ThrowsAsync<ArgumentException>(async () => await harness.Cache.UpdateAsync("k", static _ => "v", _named));
    }
}
