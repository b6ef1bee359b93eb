using Remanso.Tiers.Eviction;
using Xunit;

namespace Remanso.Tests.Tiers.Eviction;

public sealed class GhostQueueTests
{
    // As wide as a window gets before the table grows: two places for each key.
    private const int FullestWindow = (1 << 15) - 1;

    [Fact]
    public void A_key_is_recalled_once()
    {
        var ghosts = new GhostQueue();
        ghosts.Remember(7, window: 10);

        Assert.True(ghosts.TryRecall(7, window: 10));
        Assert.False(ghosts.TryRecall(7, window: 10));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void A_key_that_never_left_is_not_recalled(int keyHash) =>
        Assert.False(new GhostQueue().TryRecall(keyHash, window: int.MaxValue));

    [Fact]
    public void A_key_is_forgotten_when_as_many_as_the_window_came_after_it()
    {
        var ghosts = new GhostQueue();
        for (var key = 0; key < 15; key++)
        {
            ghosts.Remember(key, window: 10);
        }

        Assert.False(ghosts.TryRecall(4, window: 10));
        Assert.True(ghosts.TryRecall(5, window: 10));
    }

    [Fact]
    public void A_key_that_leaves_again_is_new_again()
    {
        var ghosts = new GhostQueue();
        for (var key = 0; key < 10; key++)
        {
            ghosts.Remember(key, window: 10);
        }

        ghosts.Remember(0, window: 10);
        for (var key = 10; key < 15; key++)
        {
            ghosts.Remember(key, window: 10);
        }

        Assert.True(ghosts.TryRecall(0, window: 10));
    }

    [Fact]
    public void A_key_that_left_twice_is_remembered_once()
    {
        var ghosts = new GhostQueue();
        ghosts.Remember(7, window: 10);
        ghosts.Remember(7, window: 10);

        Assert.True(ghosts.TryRecall(7, window: 10));
        Assert.False(ghosts.TryRecall(7, window: 10));
    }

    [Fact]
    public void A_narrower_window_forgets_the_oldest()
    {
        var ghosts = new GhostQueue();
        for (var key = 0; key < 10; key++)
        {
            ghosts.Remember(key, window: 10);
        }

        Assert.False(ghosts.TryRecall(6, window: 3));
        Assert.True(ghosts.TryRecall(7, window: 3));
    }

    [Fact]
    public void What_it_knows_survives_its_growth()
    {
        var ghosts = new GhostQueue();
        for (var key = 0; key < 10; key++)
        {
            ghosts.Remember(key, window: 10);
        }

        ghosts.Remember(10, window: 100_000);

        Assert.All(Enumerable.Range(0, 11), key => Assert.True(ghosts.TryRecall(key, window: 100_000)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1 << 16)]
    public void All_keys_of_the_window_are_known_however_poor_their_hashes(int stride) =>
        Assert.InRange(KnownShare(Enumerable.Range(0, FullestWindow * 2).Select(i => unchecked(i * stride))), 0.99, 1);

    [Fact]
    public void Nearly_all_keys_of_the_window_are_known_where_hashes_are_random()
    {
        var random = new Random(1);
        var hashes = Enumerable.Range(0, FullestWindow * 2).Select(_ => random.Next());

        Assert.InRange(KnownShare(hashes), 0.985, 1);
    }

    [Fact]
    public void It_allocates_nothing_once_it_has_grown()
    {
        var ghosts = new GhostQueue();

        // What the runtime does for a first call is not the queue's.
        ghosts.Remember(0, window: 1_000);
        ghosts.TryRecall(0, window: 1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var key = 0; key < 10_000; key++)
        {
            ghosts.Remember(key, window: 1_000);
            ghosts.TryRecall(key - 500, window: 1_000);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static double KnownShare(IEnumerable<int> keyHashes)
    {
        var hashes = keyHashes.ToArray();
        var ghosts = new GhostQueue();
        foreach (var hash in hashes)
        {
            ghosts.Remember(hash, FullestWindow);
        }

        return (double)hashes[^FullestWindow..].Count(hash => ghosts.TryRecall(hash, FullestWindow)) / FullestWindow;
    }
}
