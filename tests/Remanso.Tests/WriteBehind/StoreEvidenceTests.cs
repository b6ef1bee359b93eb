using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>What the store's row, or that there is none, tells of a version that the tier no longer has.</summary>
[Collection(ManualClockTests.Name)]
public sealed class StoreEvidenceTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(7, true)]
    [InlineData(8, true)]
    [InlineData(6, false)]
    [InlineData(0, false)]
    public async Task A_row_tells_whether_the_version_is_stored(long row, bool isStored)
    {
        foreach (var keepsDeletes in (bool[])[true, false])
        {
            Assert.Equal(isStored ? null : StoreEvidence.Lost, await AskAsync(row, 7, keepsDeletes));
        }
    }

    [Fact]
    public async Task No_row_tells_that_it_was_lost_only_where_a_delete_would_have_left_one()
    {
        var version = Tier().Now;

        Assert.Equal(StoreEvidence.Lost, await AskAsync(null, version, keepsDeletes: true));
        Assert.Equal(StoreEvidence.Unknown, await AskAsync(null, version, keepsDeletes: false));
    }

    [Fact]
    public async Task No_row_tells_nothing_once_a_row_of_a_delete_may_have_been_purged()
    {
        var version = Tier().Now;

        _time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(StoreEvidence.Lost, await AskAsync(null, version, keepsDeletes: true));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(StoreEvidence.Unknown, await AskAsync(null, version, keepsDeletes: true));
        Assert.Equal(StoreEvidence.Lost, await AskAsync(null, version, keepsDeletes: true, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_writer_on_a_tier_that_forgot_hears_that_it_can_not_be_told()
    {
        await using var tier = new FaultyTier(Tier()) { IsLocal = false };
        var waiters = new StoredWaiters(tier, Evidence(null, keepsDeletes: false, TimeSpan.Zero), _time);
        using var waiter = waiters.Register("k");

        var wait = waiter.WaitAsync(7, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(StoreEvidence.Unknown, await wait.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    private ValueTask<string?> AskAsync(long? row, long version, bool keepsDeletes, TimeSpan? retention = null) =>
        Evidence(row, keepsDeletes, retention ?? TimeSpan.FromDays(1)).WhyNotStoredAsync("k", version, CancellationToken.None);

    private StoreEvidence Evidence(long? row, bool keepsDeletes, TimeSpan retention) =>
        new((_, _) => new(row), keepsDeletes, new PurgeOptions { Retention = retention }, Tier());

    private MemoryTier Tier() => new("c", new TierOptions(), _time);
}
