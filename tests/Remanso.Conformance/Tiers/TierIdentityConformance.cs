using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Writes that are known again.</summary>
public abstract class TierIdentityConformance(TierHarness harness) : CacheTierConformance(harness)
{
    private static readonly string _one = new('1', 32);
    private static readonly string _two = new('2', 32);

    [Fact]
    public async Task A_repeated_write_has_one_effect_and_the_same_version()
    {
        var tier = await StartAsync();
        var write = Named("k", "first");
        var first = await tier.TryWriteAsync(write);
        var second = await tier.WriteAsync("k", "second");

        var again = await tier.TryWriteAsync(write);

        Assert.Equal((TierWriteOutcome.Accepted, first.Version), (again.Outcome, again.Version));
        Assert.Equal((false, true), (first.IsKnown, again.IsKnown));
        Assert.Equal(("second", second), ((await tier.HitAsync("k")).Text(), (await tier.HitAsync("k")).Version));
    }

    [Fact]
    public async Task A_repeated_addition_is_added_once_and_tells_the_sum_of_then()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "9007199254740993");
        var add = Named("k", "") with { Merge = Merge.Add(1) };
        var first = await tier.TryWriteAsync(add);
        await tier.TryWriteAsync(add with { Identity = null });
        Assert.Equal(first with { IsKnown = true }, await tier.TryWriteAsync(add));
        Assert.Equal((9007199254740994L, "9007199254740995"), (first.Number, (await tier.HitAsync("k")).Text()));
    }

    [Fact]
    public async Task A_merge_that_changed_nothing_is_known_again_and_changes_nothing_later()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "10");
        var max = Named("k", "") with { Merge = Merge.Max(5) };
        var first = await tier.TryWriteAsync(max);
        await tier.WriteAsync("k", "1");

        var again = await tier.TryWriteAsync(max);

        Assert.Equal((TierWriteOutcome.Accepted, first.Version, 10L), (again.Outcome, again.Version, again.Number));
        Assert.Equal("1", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task Of_concurrent_repetitions_one_has_an_effect_and_all_have_its_answer()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "0");
        var add = Named("k", "") with { Merge = Merge.Add(5) };
        var results = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => Task.Run(async () => await tier.TryWriteAsync(add), Cancelled))
        );
        Assert.Equal(99, results.Count(static result => result.IsKnown));
        var answer = Assert.Single(results.Select(static result => result with { IsKnown = false }).Distinct());
        Assert.Equal((TierWriteOutcome.Accepted, 5L), (answer.Outcome, answer.Number));
        Assert.Equal("5", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_repeated_compare_and_set_does_not_fail_by_its_own_effect()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "old");
        var write = Named("k", "new") with { Condition = WriteCondition.IsVersion(version) };
        var first = await tier.TryWriteAsync(write);
        Assert.Equal(TierWriteOutcome.Accepted, first.Outcome);
        Assert.Equal(first with { IsKnown = true }, await tier.TryWriteAsync(write));
    }

    [Fact]
    public async Task A_repeated_delete_leaves_a_later_value_alone()
    {
        var tier = await StartAsync();
        var delete = Named("k", "") with { Tombstone = true };
        var first = await tier.TryWriteAsync(delete);
        await tier.WriteAsync("k", "later");
        Assert.Equal(first with { IsKnown = true }, await tier.TryWriteAsync(delete));
        Assert.Equal("later", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_write_is_known_again_after_its_flush_and_its_eviction()
    {
        var tier = await StartAsync();
        var write = Named("k", "v");
        var first = await tier.TryWriteAsync(write);
        await tier.FlushAsync();
        await tier.InvalidateAsync("k");
        Assert.Equal(first with { IsKnown = true }, await tier.TryWriteAsync(write));
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task The_same_name_for_something_else_is_refused_and_for_another_key_is_another_name()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Named("k", "v"));
        Assert.Equal(TierWriteOutcome.IdentityReused, (await tier.TryWriteAsync(Named("k", "w", _two))).Outcome);
        Assert.Equal("v", (await tier.HitAsync("k")).Text());
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(Named("other", "w", _two))).Outcome);
    }

    [Fact]
    public async Task A_refused_write_is_not_noted()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "v");
        var write = Named("k", "w") with { Condition = WriteCondition.IsVersion(version + 1) };
        Assert.Equal(TierWriteOutcome.ConditionFailed, (await tier.TryWriteAsync(write)).Outcome);
        Assert.Equal(
            TierWriteOutcome.Accepted,
            (await tier.TryWriteAsync(write with { Condition = WriteCondition.IsVersion(version) })).Outcome
        );
    }

    [Fact]
    public async Task After_its_time_a_write_is_a_new_one()
    {
        var tier = await StartAsync(static options => options.IdempotencyRetention = Moment);
        var first = await tier.TryWriteAsync(Named("k", "v"));
        await OutlastMomentAsync();
        Assert.True((await tier.TryWriteAsync(Named("k", "v"))).Version > first.Version);
    }

    [Fact]
    public async Task In_a_batch_a_repeated_write_is_known_too()
    {
        var tier = await StartAsync();
        TierWrite[] writes = [Named("a", "1"), Named("b", "2", _two) with { Tags = ["t"] }];
        var first = await tier.WriteAllAsync(writes, Cancelled);
        Assert.Equal(first.Select(static result => result with { IsKnown = true }), await tier.WriteAllAsync(writes, Cancelled));
    }

    private static TierWrite Named(string key, string value, string? fingerprint = null) =>
        new()
        {
            Key = key,
            Value = TierSteps.Bytes(value),
            Identity = new WriteIdentity("id", fingerprint ?? _one),
        };
}
