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
}
