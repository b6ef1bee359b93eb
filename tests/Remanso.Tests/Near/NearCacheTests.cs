using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Near;

public sealed class NearCacheTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly NearBed _bed = new();

    private ITierObserver Heard => _bed.Near;

    [Fact]
    public void What_a_read_brought_the_next_one_finds()
    {
        _bed.Hold("k", NearBed.Entry(7));

        var result = _bed.Near.Read(_bed.Near.Find(new string("k".AsSpan()))!);

        Assert.Equal(("v7", 7L, ReadSource.Near, true), (result.Value, result.Version, result.Source, result.Found));
        Assert.Null(_bed.Near.Find("other"));
    }

    [Fact]
    public void A_change_that_is_heard_during_a_read_keeps_its_old_value_out()
    {
        _bed.Hold("k", NearBed.Entry(7), () => Heard.OnChanged("k", 8));

        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void An_invalidation_that_is_heard_during_a_read_keeps_its_value_out()
    {
        _bed.Hold("k", NearBed.Entry(7), () => Heard.OnChanged("k", 0));

        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void A_clear_that_is_heard_during_a_read_keeps_its_value_out()
    {
        _bed.Hold("k", NearBed.Entry(7), Heard.OnCleared);

        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void A_change_with_a_version_below_that_of_other_keys_is_heard_as_well()
    {
        for (var i = 0; i < 1000; i++)
        {
            Heard.OnChanged($"other:{i}", 1_000_000);
        }

        _bed.Hold("k", NearBed.Entry(7), () => Heard.OnChanged("k", 8));

        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void A_read_that_brought_the_announced_version_is_held()
    {
        _bed.Hold("k", NearBed.Entry(8), () => Heard.OnChanged("k", 8));

        Assert.Equal("v8", _bed.Value("k"));
    }

    [Fact]
    public void A_change_drops_an_older_copy_and_leaves_its_own_and_newer_ones()
    {
        _bed.Hold("k", NearBed.Entry(7));

        Heard.OnChanged("k", 6);
        Heard.OnChanged("k", 7);
        Assert.Equal("v7", _bed.Value("k"));

        Heard.OnChanged("k", 8);
        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void An_invalidation_drops_any_copy()
    {
        _bed.Hold("k", NearBed.Entry(7));

        Heard.OnChanged("k", 0);

        Assert.Null(_bed.Value("k"));
        Assert.Equal((0, 0L), (_bed.Near.Entries, _bed.Near.Bytes));
    }

    [Fact]
    public void A_lower_version_never_takes_the_place_of_a_higher_one()
    {
        _bed.Hold("k", NearBed.Entry(7));

        _bed.Hold("k", NearBed.Entry(6));

        Assert.Equal("v7", _bed.Value("k"));
    }

    [Fact]
    public void A_lower_version_takes_the_place_of_a_copy_that_is_no_longer_served()
    {
        _bed.Hold("k", NearBed.Entry(7));
        _bed.Time.Advance(TimeSpan.FromSeconds(30));

        _bed.Hold("k", NearBed.Entry(6));

        Assert.Equal("v6", _bed.Value("k"));
    }

    [Fact]
    public void A_refreshed_copy_of_the_same_version_takes_the_place_of_the_older_one()
    {
        _bed.Hold("k", NearBed.Entry(7, "old", cachedAt: 1));

        _bed.Hold("k", NearBed.Entry(7, "new", cachedAt: 2));
        _bed.Hold("k", NearBed.Entry(7, "old", cachedAt: 1));

        Assert.Equal("new", _bed.Value("k"));
        Assert.Equal(1, _bed.Near.Entries);
    }

    [Fact]
    public void A_copy_is_served_until_its_age_counted_from_before_the_read_is_over()
    {
        _bed.Hold("k", NearBed.Entry(7), () => _bed.Time.Advance(10 * _second));

        _bed.Time.Advance(19 * _second);
        Assert.Equal("v7", _bed.Value("k"));

        _bed.Time.Advance(_second);
        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void A_copy_never_outlives_the_freshness_of_its_entry()
    {
        _bed.Hold("k", NearBed.Entry(7, freshUntil: _bed.Now + 5_000_000));

        _bed.Time.Advance(4.9 * _second);
        Assert.Equal("v7", _bed.Value("k"));

        _bed.Time.Advance(0.1 * _second);
        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void A_copy_never_outlives_its_datas_lifetime()
    {
        _bed.Hold("k", NearBed.Entry(7, state: EntryState.Dirty, expiresAt: _bed.Now + 5_000_000));

        _bed.Time.Advance(5 * _second);

        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void A_dirty_copy_ends_with_the_shortest_TTL_that_its_entry_may_get()
    {
        var bed = new NearBed(options => (options.Ttl.Base, options.Ttl.Jitter) = (10 * _second, 0.5));
        bed.Hold("k", NearBed.Entry(7, state: EntryState.Dirty));

        bed.Time.Advance(4.9 * _second);
        Assert.Equal("v7", bed.Value("k"));

        bed.Time.Advance(0.1 * _second);
        Assert.Null(bed.Value("k"));
    }

    [Fact]
    public void A_dirty_copy_leaves_when_its_version_is_stored_or_refused()
    {
        _bed.Hold("a", NearBed.Entry(7, state: EntryState.Dirty));
        _bed.Hold("b", NearBed.Entry(7, state: EntryState.Dirty));
        _bed.Hold("newer", NearBed.Entry(8, state: EntryState.Dirty));
        _bed.Hold("clean", NearBed.Entry(7));

        Heard.OnStored("a", 7);
        Heard.OnDeadLettered("b", 7, "refused");
        Heard.OnStored("newer", 7);
        Heard.OnStored("clean", 7);

        Assert.Equal((null, null, "v8", "v7"), (_bed.Value("a"), _bed.Value("b"), _bed.Value("newer"), _bed.Value("clean")));
    }

    [Fact]
    public void What_was_dirty_when_it_was_read_and_was_stored_meanwhile_is_not_held_as_dirty()
    {
        _bed.Hold("k", NearBed.Entry(7, state: EntryState.Dirty), () => Heard.OnStored("k", 7));

        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void While_signals_are_lost_nothing_is_held_and_afterwards_it_begins_empty()
    {
        _bed.Hold("k", NearBed.Entry(7));

        Heard.OnLost();
        Assert.Null(_bed.Value("k"));
        _bed.Hold("k", NearBed.Entry(7));
        Heard.OnMissed();
        _bed.Hold("k", NearBed.Entry(7));
        Assert.Null(_bed.Value("k"));

        Heard.OnRestored();
        Assert.Null(_bed.Value("k"));
        _bed.Hold("k", NearBed.Entry(8));
        Assert.Equal("v8", _bed.Value("k"));
    }

    [Fact]
    public void A_read_that_began_while_signals_were_lost_is_not_held_after_they_came_back()
    {
        Heard.OnLost();

        _bed.Hold("k", NearBed.Entry(7), Heard.OnRestored);

        Assert.Null(_bed.Value("k"));
    }

    [Fact]
    public void Signals_that_may_have_been_missed_empty_it()
    {
        _bed.Hold("k", NearBed.Entry(7));

        Heard.OnMissed();

        Assert.Null(_bed.Value("k"));
    }

    [Theory]
    [InlineData(ReadSource.Tier, ReadFlags.None, true)]
    [InlineData(ReadSource.Store, ReadFlags.Filled, true)]
    [InlineData(ReadSource.Store, ReadFlags.None, false)]
    [InlineData(ReadSource.Store, ReadFlags.Filled | ReadFlags.Joined, false)]
    [InlineData(ReadSource.Tier, ReadFlags.Joined, false)]
    [InlineData(ReadSource.Tier, ReadFlags.Stale, false)]
    public void Only_what_the_tier_said_to_this_caller_is_held(ReadSource source, ReadFlags flags, bool isHeld)
    {
        _bed.Hold("k", NearBed.Entry(7), source: source, flags: flags);

        Assert.Equal(isHeld, _bed.Near.Find("k") is not null);
    }

    [Fact]
    public void A_known_absent_key_is_held_as_absent()
    {
        _bed.Hold("k", NearBed.Entry(7, state: EntryState.Tombstone, freshUntil: _bed.Now + 1_000_000));

        var result = _bed.Near.Read(_bed.Near.Find("k")!);

        Assert.Equal((false, 7L, ReadSource.Near, null), (result.Found, result.Version, result.Source, result.Value));
        Heard.OnChanged("k", 8);
        Assert.Null(_bed.Near.Find("k"));
    }

    [Fact]
    public void Readers_share_a_value_unless_they_ask_for_their_own()
    {
        var decoding = new NearBed(static options => options.Near.Copies = NearCopies.Decoded);
        _bed.Hold("k", NearBed.Entry(7));
        decoding.Hold("k", NearBed.Entry(7));

        Assert.Same(_bed.Value("k"), _bed.Value("k"));
        Assert.Equal("v7", decoding.Value("k"));
        Assert.NotSame(decoding.Value("k"), decoding.Value("k"));
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        var key = new string("some key".AsSpan());
        _bed.Hold("some key", NearBed.Entry(7, tags: ["red"]));
        Assert.NotNull(_bed.Value(key));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _bed.Value(key);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
