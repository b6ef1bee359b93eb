using Remanso.Conformance.Support;
using Remanso.Stores;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Hosting;

[Collection(ManualClockTests.Name)]
public sealed class StartProblemTests
{
    [Fact]
    public async Task A_store_that_is_not_up_yet_is_told_from_the_start_until_it_is()
    {
        var store = new ScriptedStore { OnInitialize = static _ => throw new StoreException("not up yet", isTransient: true) };
        await using var harness = await CacheHarness.StartAsync(store: store);

        Assert.Contains("not up yet", Assert.Single(harness.Registry.GetProblems()), StringComparison.Ordinal);

        store.OnInitialize = null;
        await harness.AdvanceUntilAsync(() => harness.Registry.GetProblems().Count == 0, "the start");
    }
}
