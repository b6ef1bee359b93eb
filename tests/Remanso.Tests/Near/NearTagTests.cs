using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Near;

public sealed class NearTagTests
{
    private readonly NearBed _bed = new();

    private ITierObserver Heard => _bed.Near;

    [Fact]
    public void A_removed_tag_takes_its_copies_and_no_others()
    {
        _bed.Hold("both", NearBed.Entry(7, tags: ["red", "blue"]));
        _bed.Hold("blue", NearBed.Entry(7, tags: ["blue"]));
        _bed.Hold("none", NearBed.Entry(7));

        Heard.OnTagRemoved("red");

        Assert.Equal((null, "v7", "v7"), (_bed.Value("both"), _bed.Value("blue"), _bed.Value("none")));
    }

    [Fact]
    public void A_tag_that_is_removed_during_a_read_keeps_its_value_out()
    {
        _bed.Hold("k", NearBed.Entry(7, tags: ["red"]), () => Heard.OnTagRemoved("red"));
        // Before the next removal, which would take it out as well.
        Assert.Null(_bed.Value("k"));

        _bed.Hold("none", NearBed.Entry(7), () => Heard.OnTagRemoved("red"));
        Assert.Equal("v7", _bed.Value("none"));
    }

    [Fact]
    public void What_is_read_after_the_removal_is_held_again()
    {
        _bed.Hold("k", NearBed.Entry(7, tags: ["red"]));
        Heard.OnTagRemoved("red");

        _bed.Hold("k", NearBed.Entry(8, tags: ["red"]));

        Assert.Equal("v8", _bed.Value("k"));
    }

    [Fact]
    public void What_is_read_again_with_the_same_version_is_held_again()
    {
        _bed.Hold("k", NearBed.Entry(7, "dirty", EntryState.Dirty, tags: ["red"]));
        Heard.OnTagRemoved("red");

        _bed.Hold("k", NearBed.Entry(7, "dirty", EntryState.Dirty, tags: ["red"]));

        Assert.Equal("dirty", _bed.Value("k"));
    }

    [Fact]
    public void What_is_older_than_a_copy_whose_tag_was_removed_stays_out()
    {
        _bed.Hold("k", NearBed.Entry(7, tags: ["red"]));
        Heard.OnTagRemoved("red");

        _bed.Hold("k", NearBed.Entry(6));

        Assert.Null(_bed.Value("k"));
    }
}
