using Remanso.Conformance.Support;
using Remanso.Hosting;
using Remanso.Stores;
using Remanso.Testing;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Stores;

/// <summary>Who asks the store of a process that does not flush.</summary>
[Collection(ManualClockTests.Name)]
public sealed class StoreProbeTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_store_that_never_answers_is_told_and_asked_by_one_call(bool hasKey, bool blocks)
    {
        var asks = 0;
        using var open = new ManualResetEventSlim();
        var never = new TaskCompletionSource();
        var store = new ScriptedStore { OnInitialize = _ => Hang(), OnLoad = (_, _) => Hang() };
        var health = new StoreHealth(_time);
        if (hasKey)
        {
            health.Asked("k");
        }

        using var stop = new CancellationTokenSource();
        // As it is in a cache: there the opening is on another thread in any case.
        var probing = Task.Run(() => new StoreProbe(new ApartStore(store), health, _time).RunAsync(stop.Token));
        await StepAsync(TimeSpan.FromSeconds(5));
        await StepAsync(TimeSpan.FromSeconds(4));
        Assert.Equal("the store can't be read: it did not answer within 4 s", health.Problem);
        for (var second = 0; second < 50; second++)
        {
            await StepAsync(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, Volatile.Read(ref asks));
        Assert.NotNull(health.Problem);
        open.Set();
        never.SetResult();
        await StepAsync(TimeSpan.FromSeconds(5));
        await StepAsync(TimeSpan.FromSeconds(5));
        Assert.Null(health.Problem);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probing);

        Task Hang()
        {
            Interlocked.Increment(ref asks);
            if (blocks)
            {
                open.Wait();
            }

            return never.Task;
        }
    }

    private async Task StepAsync(TimeSpan by)
    {
        await CacheHarness.SettleAsync();
        _time.Advance(by);
        await CacheHarness.SettleAsync();
    }
}
