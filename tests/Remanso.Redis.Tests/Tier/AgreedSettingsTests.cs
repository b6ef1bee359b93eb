using Remanso.Redis.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>In which words processes that differ are refused.</summary>
public sealed class AgreedSettingsTests
{
    private static readonly string _layout = $"{EntryLayout.Version}";

    private readonly AgreedSettings _settings = new("c", new TierOptions { StoreIdentity = "mine" });

    [Fact]
    public void Who_has_what_is_in_force_differs_in_nothing()
    {
        var inForce = InForce(_settings.Fields[1], _settings.Fields[3], _settings.Fields[5], _settings.Fields[7]);

        Assert.True(_settings.AreInForce(inForce));
        Assert.Null(_settings.Difference(inForce));
        Assert.False(_settings.IsOther(new StatedTerms(_settings.Terms, Turn: 1)));
        Assert.False(_settings.IsOther(new StatedTerms(0, Turn: 1)));
        Assert.True(_settings.IsOther(new StatedTerms(_settings.TermsOfOtherMode, Turn: 1)));
    }

    [Fact]
    public void The_name_in_force_is_taken_over_where_the_store_is_the_same_and_only_there()
    {
        var own = new AgreedSettings("c", new TierOptions { ToldStore = "own", EarlierStore = "default" });
        var others = InForce(_layout, "64", "0", "=default") with { Told = "=theirs" };
        Assert.False(own.Adopt(others));
        Assert.True(own.Adopt(InForce(_layout, "64", "0", "=default")));
        // What another one told meanwhile.
        Assert.Equal((false, true), (own.AreInForce(others), own.IsUsedByOthers(others)));
        Assert.Contains("belongs to the store theirs, and this process has own", own.Difference(others), StringComparison.Ordinal);

        var ours = InForce(_layout, "64", "0", "=any") with { Told = "=own" };
        Assert.Equal((true, false), (own.Adopt(ours), own.Adopt(ours)));
        Assert.Equal((true, "=any"), (own.AreInForce(ours), own.Fields[7]));
        Assert.Equal((true, "=own"), (own.Adopt(others), own.Fields[7]));

        // Of another store by the same name: not by the same terms.
        var terms = _settings.Terms;
        Assert.True(_settings.Adopt(InForce(_layout, "64", "0", "=mine") with { Told = "=theirs" }));
        Assert.NotEqual(terms, _settings.Terms);
    }

    [Theory]
    [InlineData("0", "64", "0", "=mine", "has entries of layout 0;")]
    [InlineData(null, "32", "0", "=mine", "Tier:Partitions is 64 here, but 32 on this Redis")]
    [InlineData(null, "?", "0", "=mine", "Tier:Partitions is 64 here, but -1 on this Redis")]
    public void What_can_not_be_restated_is_refused_whatever_else_differs(
        string? layout,
        string partitions,
        string mode,
        string store,
        string expected
    )
    {
        var inForce = InForce(layout ?? _layout, partitions, mode, store);

        Assert.Contains(expected, _settings.Lasting(inForce), StringComparison.Ordinal);
        Assert.Equal(_settings.Lasting(inForce), _settings.Difference(inForce));
    }

    [Fact]
    public void What_is_lost_in_part_can_not_be_restated() =>
        Assert.Contains("what these were is lost", _settings.Lasting(InForce(_layout, "64", "0", null)), StringComparison.Ordinal);

    [Theory]
    [InlineData("0", "=theirs", "belongs to the store theirs, and this process has mine")]
    [InlineData("0", "=", "belongs to the store without a name, and this process has mine")]
    [InlineData("1", "=mine", "keeps no versions here, but every version on this Redis, which its processes have changed to")]
    public void Who_runs_is_told_in_what_the_others_differ(string mode, string store, string expected)
    {
        var inForce = InForce(_layout, "64", mode, store);

        Assert.False(_settings.AreInForce(inForce));
        Assert.Contains(expected, _settings.Difference(inForce), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "=theirs", 59, 0, "one of them used it less than 60 s ago")]
    [InlineData("0", "=theirs", 60, 0, null)]
    [InlineData("0", "=theirs", 60, 3, "3 of its entries are dirty or dead letters: start its processes with that store again")]
    [InlineData("1", "=mine", 0, 3, "where 3 entries are dirty or dead letters: flush them with the mode")]
    [InlineData("1", "=mine", 0, 0, null)]
    public void A_start_may_change_what_nobody_uses_and_nothing_is_bound_to(string mode, string store, int age, int bound, string? expected)
    {
        var why = _settings.WhyNotFree(InForce(_layout, "64", mode, store, age), bound);

        Assert.Equal(expected is null, why is null);
        Assert.Contains(expected ?? "", why ?? "", StringComparison.Ordinal);
    }

    private static InForce InForce(string? layout, string? partitions, string? mode, string? store, int age = 0) =>
        new(TimeSpan.FromSeconds(age), Turn: 1, [layout, partitions, mode, store]);
}
