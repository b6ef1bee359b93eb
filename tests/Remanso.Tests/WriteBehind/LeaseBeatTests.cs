using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class LeaseBeatTests
{
    [Fact]
    public async Task A_beat_that_succeeds_again_ends_the_problem_though_nothing_is_flushed()
    {
        var (harness, tier) = await DownTier.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1));
        await using (harness)
        {
            tier.TakeAway("HeartbeatAsync");
            await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 1, "a beat failed");
            tier.GiveBack();
            await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "a beat succeeded");
        }
    }
}
