using Remanso.Entries;
using Remanso.Stores;
using Remanso.Testing;
using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>What was refused waits, longer each time, and keeps nobody from a try by hand.</summary>
public sealed class RefusedEntriesTests
{
    private static readonly PartitionLease _lease = new(0, "worker", 1);

    private readonly ManualTimeProvider _time = new();
    private readonly FlushOptions _options = new()
    {
        FirstBackoff = TimeSpan.FromSeconds(1),
        MaxBackoff = TimeSpan.FromMinutes(1),
        DeadLetterAfter = TimeSpan.Zero,
    };
    private readonly RefusedEntries _refused;

    public RefusedEntriesTests() => _refused = new RefusedEntries(_options, _time);

    [Fact]
    public void One_is_not_tried_again_before_its_pause_and_the_next_pause_is_longer()
    {
        var entry = Taken(version: 1);

        Refuse(entry);
        _time.Advance(TimeSpan.FromSeconds(0.49));
        Assert.False(IsDue(entry));
        _time.Advance(TimeSpan.FromSeconds(0.51));
        Assert.True(IsDue(entry));

        Refuse(entry);
        _time.Advance(TimeSpan.FromSeconds(0.99));
        Assert.False(IsDue(entry));
        _time.Advance(TimeSpan.FromSeconds(1.01));
        Assert.True(IsDue(entry));
    }

    [Fact]
    public void What_a_take_had_no_room_for_keeps_its_pause()
    {
        Refuse(Taken(version: 1));
        _refused.Divide([_lease], [], [], isAll: false, isByHand: false);
        Assert.False(IsDue(Taken(version: 1)));

        _refused.Divide([_lease], [], [], isAll: true, isByHand: false);
        Assert.Single(_refused.Divide([_lease], [Taken(version: 1)], [], isAll: true, isByHand: false).Fresh);
    }

    [Fact]
    public void A_flush_by_hand_and_a_newer_write_that_may_mend_the_row_wait_for_no_pause()
    {
        Refuse(Taken(version: 1), StoreFault.Row);

        Assert.True(IsDue(Taken(version: 1), isByHand: true));
        Assert.Single(_refused.Divide([_lease], [Taken(version: 2)], [], isAll: true, isByHand: false).Fresh);
    }

    [Fact]
    public void A_newer_write_waits_as_well_where_the_error_was_a_passing_one_and_its_refusals_add_up()
    {
        var isDead = false;
        var saves = 0;
        var began = _time.GetUtcNow();
        for (var version = 1; !isDead && version < 100_000; version++, _time.Advance(TimeSpan.FromMilliseconds(50)))
        {
            var entry = Taken(version);
            _refused.NoteStored([]);
            var (fresh, due) = _refused.Divide([_lease], [entry], [], isAll: true, isByHand: false);
            if (fresh.Count > 0 || due.Length > 0)
            {
                saves++;
                isDead = _refused.IsDeadLetter(entry, StoreFault.Passing, "timed out", alone: false, othersStored: true);
            }
        }

        Assert.Equal((true, 8), (isDead, saves));
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void What_fails_for_a_passing_reason_has_its_time_however_often_it_is_tried_and_over_its_versions()
    {
        _options.DeadLetterAfter = TimeSpan.FromMinutes(10);
        for (var version = 1; version <= 100; version++)
        {
            Assert.False(_refused.IsDeadLetter(Taken(version), StoreFault.Passing, "locked", alone: false, othersStored: true));
            _time.Advance(TimeSpan.FromSeconds(5.9));
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(_refused.IsDeadLetter(Taken(101), StoreFault.Passing, "locked", alone: false, othersStored: true));
        // What is at fault itself has none.
        Assert.True(_refused.IsDeadLetter(Other(), StoreFault.Row, "too long", alone: false, othersStored: true));

        static TakenEntry Other() => new(_lease, "other", new CacheEntry { Version = 1, State = EntryState.Dirty }, Marker: null);
    }

    [Fact]
    public void An_outage_takes_none_of_that_time()
    {
        _options.DeadLetterAfter = TimeSpan.FromMinutes(2);
        Refuse(Taken(version: 1));
        _time.Advance(TimeSpan.FromHours(1));

        for (var i = 0; i < 8; i++)
        {
            Assert.False(_refused.IsDeadLetter(Taken(version: 1), StoreFault.Passing, "locked", alone: false, othersStored: true));
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_refused.IsDeadLetter(Taken(version: 1), StoreFault.Passing, "locked", alone: false, othersStored: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_outage_or_quiet_hours_between_two_refusals_take_none_of_it_either(bool isTriedMeanwhile)
    {
        (_options.DeadLetterAfter, _options.MaxBackoff) = (TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(5));
        Assert.False(Fails(othersStored: true));
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 100; i++)
        {
            if (isTriedMeanwhile)
            {
                Assert.False(Fails(othersStored: false));
            }

            _time.Advance(TimeSpan.FromSeconds(6));
        }

        var back = _time.GetUtcNow();
        while (!Fails(othersStored: true))
        {
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.InRange(_time.GetUtcNow() - back, TimeSpan.FromSeconds(105), TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void A_try_that_waits_long_for_a_locked_row_counts_for_as_long_as_it_takes()
    {
        (_options.DeadLetterAfter, _options.MaxBackoff) = (TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(5));
        var began = _time.GetUtcNow();
        while (!Fails(othersStored: true))
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.True(IsDue(Taken(version: 1)));
            _time.Advance(TimeSpan.FromSeconds(50));
        }

        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(11));
    }

    [Fact]
    public void One_that_was_written_before_it_became_a_dead_letter_is_one_with_the_next_refusal()
    {
        for (var i = 1; i < 8; i++)
        {
            Assert.False(_refused.IsDeadLetter(Taken(i), StoreFault.Passing, "timed out", alone: false, othersStored: true));
        }

        Assert.True(_refused.IsDeadLetter(Taken(8), StoreFault.Passing, "timed out", alone: false, othersStored: true));
        Assert.False(IsDue(Taken(9)));
        Assert.True(_refused.IsDeadLetter(Taken(9), StoreFault.Passing, "timed out", alone: false, othersStored: true));
        _refused.Forget("k");
        Assert.False(_refused.IsDeadLetter(Taken(10), StoreFault.Passing, "timed out", alone: false, othersStored: true));
    }

    [Fact]
    public void What_went_to_another_worker_keeps_no_lone_row_from_being_at_fault()
    {
        var gone = new TakenEntry(new(1, "worker", 1), "gone", new CacheEntry { Version = 1, State = EntryState.Dirty }, Marker: null);
        Refuse(gone);
        Refuse(Taken(version: 1), StoreFault.Lasting);
        _refused.KeepOnly(static partition => partition == 0);

        Refuse(Taken(version: 1), StoreFault.Lasting);
        Assert.True(_refused.IsDeadLetter(Taken(version: 1), StoreFault.Lasting, "no", alone: true, othersStored: false));
        _refused.Forget("k");
        // Nobody wakes for it, either.
        Assert.Equal(TimeSpan.FromHours(1), _refused.NextDue(TimeSpan.FromHours(1)));
    }

    private static TakenEntry Taken(long version) =>
        new(_lease, "k", new CacheEntry { Version = version, State = EntryState.Dirty }, Marker: null);

    private void Refuse(TakenEntry entry, StoreFault fault = StoreFault.Passing) =>
        Assert.False(_refused.IsDeadLetter(entry, fault, "permission denied", alone: true, othersStored: false));

    private bool Fails(bool othersStored) =>
        _refused.IsDeadLetter(Taken(version: 1), StoreFault.Passing, "locked", alone: !othersStored, othersStored);

    private bool IsDue(TakenEntry entry, bool isByHand = false)
    {
        var (fresh, due) = _refused.Divide([_lease], [entry], [], isAll: true, isByHand);
        Assert.Empty(fresh);
        return due.Length == 1;
    }
}
