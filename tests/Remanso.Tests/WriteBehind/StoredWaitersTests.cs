using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>A wait on a tier whose signals may be lost: it looks by itself.</summary>
[Collection(ManualClockTests.Name)]
public sealed class StoredWaitersTests
{
    [Fact]
    public async Task What_the_look_after_the_time_finds_to_be_stored_is_the_answer()
    {
        var time = new ManualTimeProvider();
        var tier = new FaultyTier(new MemoryTier("c", new TierOptions(), time)) { IsLocal = false };
        var waiters = new StoredWaiters(tier, LoadLateAsync, time);
        using var waiter = waiters.Register("k");

        var wait = waiter.WaitAsync(7, TimeSpan.FromMilliseconds(1), CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(2));

        Assert.Null(await wait.WaitAsync(TimeSpan.FromSeconds(60)));

        async ValueTask<long> LoadLateAsync(string key, CancellationToken cancellationToken)
        {
            await Task.Yield();
            time.Advance(TimeSpan.FromSeconds(1));
            return 7;
        }
    }
}
