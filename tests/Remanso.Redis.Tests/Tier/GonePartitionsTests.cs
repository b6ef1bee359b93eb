using Remanso.Redis.Tier;
using Remanso.Testing;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>What was dirty when Redis went away is missed when it is back without it, however long that took.</summary>
public sealed class GonePartitionsTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly GonePartitions _gone;

    public GonePartitionsTests()
    {
        _gone = new GonePartitions(partitions: 1, _time);
        Look(Found(entries: 3, lastId: 9_000_000));
    }

    [Theory]
    [InlineData(1, 600)]
    [InlineData(5.1, 100)]
    [InlineData(30, 4)]
    public void After_an_outage_of_any_length_it_is_told_how_much_is_gone_or_by_how_much_it_went_back(double seconds, int looks)
    {
        Await(seconds, looks);
        var (_, back) = Look(Found(entries: 1, lastId: 2_000_000));
        Assert.Equal((7_000_000, 3), (back.Micros, back.Dirty));

        Look(Found(entries: 3, lastId: 9_000_000));
        Await(seconds, looks);
        Assert.Equal(3, Look(Found(entries: 0, lastId: 0, birth: 2)).Gone);
    }

    [Theory]
    [InlineData(1, 600)]
    [InlineData(5.1, 100)]
    [InlineData(30, 4)]
    public void What_writes_told_before_it_is_gone_with_a_partition_that_has_no_terms(double seconds, int looks)
    {
        _gone.Note(0, 5);
        Await(seconds, looks);
        Assert.True(_gone.NoteUnstated(0, _gone.Now));
        Assert.Equal(5, Look(Found(entries: 0, lastId: 0, birth: 2)).Gone);
    }

    [Fact]
    public void What_was_old_when_it_went_away_is_not_told_for_others_may_have_stored_it()
    {
        _time.Advance(TimeSpan.FromSeconds(20));
        Await(seconds: 1, looks: 10);
        var (gone, back) = Look(Found(entries: 0, lastId: 2_000_000));
        Assert.Equal((0, 0), (gone, back.Dirty));
    }

    [Fact]
    public void A_look_that_found_it_begins_anew()
    {
        Await(seconds: 1, looks: 10);
        Look(Found(entries: 3, lastId: 9_000_000));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, Look(Found(entries: 0, lastId: 0, birth: 2)).Gone);
    }

    [Fact]
    public void Two_looks_that_failed_say_nothing_of_a_long_time_between_them()
    {
        Await(seconds: 1, looks: 10);
        Await(seconds: 90, looks: 1);
        Assert.Equal(0, Look(Found(entries: 0, lastId: 0, birth: 2)).Gone);
    }

    /// <summary>Looks at a server that is away, the first time after a second.</summary>
    private void Await(double seconds, int looks)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < looks; i++)
        {
            var began = _gone.Now;
            _time.Advance(TimeSpan.FromMilliseconds(10));
            _gone.NoteAway(0, began);
            _time.Advance(TimeSpan.FromSeconds(seconds));
        }
    }

    private (long Gone, StepBack Back) Look(in PartitionLook found) => _gone.Judge(0, found, _gone.Now);

    private static PartitionLook Found(long entries, long lastId, long birth = 1) =>
        new(entries, HasAny: entries > 0, IsStated: true, birth, lastId);
}
