using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Conformance.Support;

/// <summary>Who flushes which partition while workers are born and die, a second at a time.</summary>
public abstract class WorkerSharing : IAsyncLifetime
{
    private const int Lease = 10;

    // From the last beat of one that died until the beat at which another one has its leases.
    private const int Vacant = Lease + 1;

    private ICacheTier _tier = null!;
    private readonly List<PartitionLeases> _living = [];
    private readonly HashSet<PartitionLeases> _stalled = [];
    private int[] _unheld = [];
    private int _worst;

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _tier = await StartTierAsync();
        _unheld = new int[_tier.Partitions];
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>A tier that workers of several processes share.</summary>
    private protected abstract Task<ICacheTier> StartTierAsync();

    /// <summary>Moves its clock.</summary>
    protected abstract void Advance(TimeSpan by);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(12)]
    public async Task A_worker_that_dies_and_comes_back_keeps_none_from_being_flushed(int life)
    {
        var healthy = Born();
        var other = Born();
        await SecondsAsync(Lease + 2);
        Assert.Equal(_tier.Partitions / 2, healthy.Partitions.Count);

        for (var death = 0; death < 60 / life; death++)
        {
            _living.Remove(other);
            await SecondsAsync(1);
            other = Born();
            await SecondsAsync(life - 1);
        }

        Assert.InRange(_worst, 1, Vacant);
        Assert.True(life > Lease || healthy.Partitions.Count == _tier.Partitions);
    }

    [Theory]
    [InlineData(12, 3)]
    [InlineData(13, 6)]
    [InlineData(25, 4)]
    public async Task Many_that_die_when_they_have_just_got_their_shares_leave_none_to_nobody(int life, int many)
    {
        Born();
        var others = new PartitionLeases?[many];
        for (var second = 0; second < 90; second++)
        {
            for (var i = 0; i < many; i++)
            {
                if ((second + i * 4) % life == 0)
                {
                    _living.Remove(others[i]!);
                    others[i] = Born();
                }
            }

            await SecondsAsync(1);
        }

        Assert.InRange(_worst, 0, Vacant + 4);
    }

    [Fact]
    public async Task Where_nobody_lives_for_long_those_that_are_alive_take_all()
    {
        var (one, other) = (Born(), Born());
        for (var death = 0; death < 10; death++)
        {
            await SecondsAsync(6);
            _living.Remove(one);
            await SecondsAsync(1);
            (one, other) = (other, Born());
        }

        Assert.InRange(_worst, 0, Vacant + 4);
    }

    [Fact]
    public async Task A_worker_that_joins_has_its_share_after_a_lease_and_those_that_begin_together_at_once()
    {
        var (one, other) = (Born(), Born());
        await SecondsAsync(3);
        Assert.Equal((8, 8), (one.Partitions.Count, other.Partitions.Count));

        await SecondsAsync(Lease);
        var third = Born();
        await SecondsAsync(Lease - 1);
        Assert.Empty(third.Partitions);
        await SecondsAsync(4);
        Assert.InRange(third.Partitions.Count, 5, 6);
        Assert.InRange(_worst, 0, 1);
    }

    [Fact]
    public async Task A_worker_that_stops_leaves_its_share_at_once_also_to_one_that_has_only_just_begun()
    {
        var one = Born();
        await SecondsAsync(Lease + 2);
        var next = Born();
        await SecondsAsync(2);

        await one.EndAsync(Cancelled);
        _living.Remove(one);
        await SecondsAsync(1);

        Assert.Equal(_tier.Partitions, next.Partitions.Count);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    public async Task A_worker_that_stands_still_for_some_seconds_moves_nothing(int still)
    {
        PartitionLeases[] all = [Born(), Born(), Born()];
        await SecondsAsync(Lease + 4);
        int[][] shares = [.. all.Select(static one => one.Partitions.ToArray())];

        for (var i = 0; i < 3; i++)
        {
            _stalled.Add(all[2]);
            await SecondsAsync(still);
            Assert.Equal(shares, all.Select(static one => one.Partitions.ToArray()));
            _stalled.Clear();
            await SecondsAsync(2);
            Assert.Equal(shares, all.Select(static one => one.Partitions.ToArray()));
        }
    }

    [Fact]
    public async Task Nothing_is_given_to_one_that_has_died_meanwhile()
    {
        var one = Born();
        await SecondsAsync(Lease + 2);
        var other = Born();
        await SecondsAsync(Lease);
        // It dies in the moment in which its trial is over.
        _living.Remove(other);
        await SecondsAsync(5);

        Assert.Equal(_tier.Partitions, one.Partitions.Count);
    }

    private PartitionLeases Born()
    {
        var worker = new PartitionLeases(_tier, new FlushOptions { Lease = TimeSpan.FromSeconds(Lease) }, TimeProvider.System);
        _living.Add(worker);
        return worker;
    }

    private async Task SecondsAsync(int seconds)
    {
        for (; seconds > 0; seconds--)
        {
            foreach (var worker in _living.Except(_stalled))
            {
                await worker.YieldAsync(lane: 0, lanes: 1, Cancelled);
                await worker.KeepAsync(isAble: true, Cancelled);
            }

            var held = _living.SelectMany(static worker => worker.Partitions).ToArray();
            Assert.Equal(held.Length, held.Distinct().Count());
            for (var partition = 0; partition < _unheld.Length; partition++)
            {
                _unheld[partition] = held.Contains(partition) ? 0 : _unheld[partition] + 1;
                _worst = Math.Max(_worst, _unheld[partition]);
            }

            Advance(TimeSpan.FromSeconds(1));
        }
    }
}
