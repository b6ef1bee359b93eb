using Remanso.Schedules.Engine;

namespace Remanso.Schedules.Scenarios;

/// <summary>A key that is written while two workers, one after the other, take, save and settle it: clean implies stored, nobody goes back,
/// nothing accepted is lost. FlushStep and WriteStep.</summary>
internal static class FlushScenario
{
    public static Scenario Scenario { get; } = new("tier-flush", RunAsync);

    private static async Task RunAsync()
    {
        var bed = new TierBed();
        await Task.WhenAll(
            Task.Run(async () =>
            {
                await bed.WriteAsync("one");
                await bed.WriteAsync("two");
                await bed.WriteAsync("three");
            }),
            Task.Run(async () =>
            {
                await bed.FlushAsync("worker");
                await bed.FlushAsync("worker");
            }),
            Task.Run(() => bed.FlushAsync("other")),
            Task.Run(() => bed.WatchAsync(4))
        );
        await bed.EndAsync();
    }
}
