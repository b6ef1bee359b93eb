using Remanso.Schedules.Engine;
using Remanso.WriteBehind;

namespace Remanso.Schedules.Scenarios;

/// <summary>Writers who wait until they are stored, while a worker flushes: who is told is stored, and everybody is told.
/// StoredWaiters, with the signals
/// of FlushStep.</summary>
internal static class WaiterScenario
{
    public static Scenario Scenario { get; } = new("stored-waiters", RunAsync);

    private static async Task RunAsync()
    {
        var bed = new TierBed();
        var waiters = new StoredWaiters(bed.Tier, new StoreEvidence((_, _) => new(bed.Row), keepsDeletes: true, new(), bed.Tier), bed.Time);
        using var subscription = bed.Tier.Subscribe(waiters);
        var told = 0;
        await Task.WhenAll(Task.Run(() => WriteAsync("one")), Task.Run(() => WriteAsync("two")), Task.Run(FlushAsync));
        await bed.EndAsync();

        async Task WriteAsync(string value)
        {
            using var waiter = waiters.Register(TierBed.Key);
            var version = await bed.WriteAsync(value);
            var problem = await waiter.WaitAsync(version, TimeSpan.FromHours(1), default);
            Must.Hold(problem is null, $"a writer was told that {problem}");
            Must.Hold(bed.Row >= version, $"version {version} was told as stored, and the store has {bed.Row}");
            Interlocked.Increment(ref told);
        }

        async Task FlushAsync()
        {
            for (var passes = 0; passes < 20 && Volatile.Read(ref told) < 2; passes++)
            {
                await bed.FlushAsync("worker");
                await Task.Yield();
            }
        }
    }
}
