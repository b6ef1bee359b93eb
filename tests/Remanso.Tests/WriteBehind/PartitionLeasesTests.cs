using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>What one worker takes, and gives to others.</summary>
public sealed class PartitionLeasesTests : IAsyncDisposable
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly MemoryTier _inner;
    private readonly FaultyTier _tier;
    private readonly PartitionLeases _leases;

    public PartitionLeasesTests()
    {
        var time = new ManualTimeProvider();
        _inner = new MemoryTier("c", new TierOptions(), time);
        _tier = new FaultyTier(_inner) { IsLocal = false };
        _leases = new PartitionLeases(_tier, new FlushOptions { Lease = _hour }, time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private int[] All => [.. Enumerable.Range(0, _inner.Partitions)];

    public ValueTask DisposeAsync() => _tier.DisposeAsync();

    [Fact]
    public async Task Shares_that_change_at_each_beat_are_each_given_away()
    {
        Assert.True(await _leases.KeepAsync(isAble: true, Cancellation));
        foreach (var (other, share) in ((string, int)[])[("~b", 32), ("~c", 22)])
        {
            await _inner.HeartbeatAsync(other, _hour, Cancellation);
            Assert.True(await _leases.KeepAsync(isAble: true, Cancellation));
            await _leases.YieldAsync(lane: 0, lanes: 1, Cancellation);
            Assert.InRange(_leases.Partitions.Count, 1, share);
            await _inner.AcquirePartitionsAsync(other, All, _hour, Cancellation);
        }

        Assert.False(await _leases.KeepAsync(isAble: true, Cancellation));
    }

    [Fact]
    public async Task What_is_to_be_given_away_is_told_once()
    {
        await _leases.KeepAsync(isAble: true, Cancellation);
        await _inner.HeartbeatAsync("~b", _hour, Cancellation);

        Assert.True(await _leases.KeepAsync(isAble: true, Cancellation));
        Assert.False(await _leases.KeepAsync(isAble: true, Cancellation));
    }

    [Fact]
    public async Task What_was_taken_while_nobody_could_tell_who_is_alive_is_told_at_the_next_beat()
    {
        await _leases.KeepAsync(isAble: true, Cancellation);
        await _inner.ReleasePartitionsAsync([_leases.Of(lane: 0, lanes: 1)[0]], Cancellation);
        _tier.Before = static called =>
            called == nameof(ICacheTier.HeartbeatAsync)
                ? throw new TierUnavailableException("away", mayHaveHappened: false)
                : ValueTask.CompletedTask;
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await _leases.KeepAsync(isAble: true, Cancellation));
        _tier.Before = null;

        Assert.True(await _leases.KeepAsync(isAble: true, Cancellation));
        Assert.False(await _leases.KeepAsync(isAble: true, Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_has_left_holds_nothing_though_a_flush_by_hand_goes_on(bool isForAll)
    {
        var gate = new Gate();
        await _leases.KeepAsync(isAble: true, Cancellation);
        _tier.Before = async called =>
        {
            if (called == nameof(ICacheTier.AcquirePartitionsAsync))
            {
                await gate.PassAsync(Cancellation);
            }
        };
        var keeping = isForAll ? _leases.HeldAllAsync([], Cancellation).AsTask() : _leases.KeepAsync(isAble: true, Cancellation).AsTask();
        await gate.ArrivedAsync();
        await _leases.EndAsync(Cancellation);
        gate.Open();

        Assert.False(await keeping);
        Assert.False(_leases.AreDue);
        Assert.False(await _leases.KeepAsync(isAble: true, Cancellation));
        Assert.Equal("other", Assert.Single(await _inner.HeartbeatAsync("other", _hour, Cancellation)).Name);
        Assert.Equal(All.Length, (await _inner.AcquirePartitionsAsync("other", All, _hour, Cancellation)).Count);
    }
}
