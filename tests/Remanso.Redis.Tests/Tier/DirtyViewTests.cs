using Remanso.Redis.Tier;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

public sealed class DirtyViewTests
{
    private readonly DirtyView _view = new(new TierOptions { Partitions = 1 }, new ManualTimeProvider());

    [Fact]
    public void It_is_as_full_as_the_servers_memory_says()
    {
        _view.Note(0, new DirtyAmount(10, 1000));
        Assert.Equal(0, _view.Fill);

        // Half of the room, for an entry takes more than its key and value.
        _view.NoteRoom(2000);
        Assert.Equal(0.5, _view.Fill);
        _view.NoteRoom(0);
        Assert.Equal(1, _view.Fill);
        _view.NoteRoom(long.MaxValue);
        Assert.Equal(0, _view.Fill);
    }

    // Otherwise one process exceeds the limits by itself, by as many writes as come while it looks.
    [Fact]
    public void What_a_write_says_while_a_look_is_under_way_is_newer_than_what_that_found()
    {
        var view = new DirtyView(new TierOptions { Partitions = 2, MaxDirtyEntries = 20 }, new ManualTimeProvider());
        view.Note(0, new DirtyAmount(3, 0));
        view.Note(1, new DirtyAmount(4, 0));
        var notes = view.CountNotes();
        view.Note(0, new DirtyAmount(5, 0));

        view.Refresh([new(new DirtyAmount(2, 0), 0, 0), new(new DirtyAmount(1, 0), 0, 0)], notes);

        Assert.Equal((5, 1), (view.EntriesOf(0), view.EntriesOf(1)));
        Assert.Equal((20 - 1, 20 - 5), (view.RoomFor(0).Entries, view.RoomFor(1).Entries));
    }
}
