using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>
/// What all suites for <see cref="ICacheTier"/> share. An implementation has one subclass of each suite, and no suite knows which
/// implementation it tests: there is a network in between as far as it is concerned.
/// </summary>
public abstract class CacheTierConformance(TierHarness harness) : IAsyncLifetime
{
    /// <summary>Long enough to outlive any test, be the clock real.</summary>
    protected static readonly TimeSpan Ages = TimeSpan.FromHours(1);

    /// <summary>Short enough to wait for; what must not be over yet is <see cref="Ages"/>.</summary>
    protected static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(80);

    private readonly List<ICacheTier> _tiers = [];

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var tier in _tiers)
        {
            await tier.DisposeAsync();
        }

        await harness.DisposeAsync();
    }

    private protected async Task<ICacheTier> StartAsync(Action<TierOptions>? configure = null)
    {
        var options = new TierOptions { Partitions = 4 };
        configure?.Invoke(options);
        var tier = await harness.CreateTierAsync(options);
        _tiers.Add(tier);
        return tier;
    }

    protected Task AdvanceAsync(TimeSpan by) => harness.AdvanceAsync(by);

    /// <summary>Lets <see cref="Moment"/> and a little more pass.</summary>
    protected Task OutlastMomentAsync() => harness.AdvanceAsync(Moment + TimeSpan.FromMilliseconds(40));

    /// <summary>Lets time pass until the task is done.</summary>
    protected async Task AdvanceUntilDoneAsync(Task task, string missing)
    {
        for (var i = 0; i < 200 && !task.IsCompleted; i++)
        {
            await harness.AdvanceAsync(TimeSpan.FromMilliseconds(20));
            await Task.Yield();
        }

        await WithinPatienceAsync(task, missing);
    }

    /// <summary>Fails with what is missing if the task takes unreasonably long.</summary>
    protected static async Task WithinPatienceAsync(Task task, string missing)
    {
        try
        {
            await task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancelled);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Waited in vain: {missing}.");
        }
    }
}
