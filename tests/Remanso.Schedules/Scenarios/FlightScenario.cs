using Remanso.ReadThrough;
using Remanso.Schedules.Engine;

namespace Remanso.Schedules.Scenarios;

/// <summary>Callers that join, give up and ask again, and a write that makes the flight be forgotten: one load at a time, nobody gets a
/// load that others had already got, or that was forgotten, before he asked, and nobody waits for ever. SingleFlight, Flight,
/// FlightSeat.</summary>
internal static class FlightScenario
{
    public static Scenario Scenario { get; } = new("flight", RunAsync);

    private static async Task RunAsync()
    {
        var flights = new SingleFlight<string, int>();
        var (begun, got, forgotten, running, isForgotten) = (0, 0, 0, 0, false);
        using var giveUp = new CancellationTokenSource();
        await Task.WhenAll(
            Task.Run(() => AskAsync(default)),
            Task.Run(() => AskAsync(default)),
            Task.Run(() => AskAsync(giveUp.Token)),
            Task.Run(async () =>
            {
                var number = Volatile.Read(ref begun);
                flights.Forget("key");
                Volatile.Write(ref isForgotten, true);
                Interlocked.Exchange(ref forgotten, number);
                await AskAsync(default);
            }),
            Task.Run(() => giveUp.Cancel())
        );
        Must.Hold(flights.Count == 0, $"{flights.Count} flights are left behind");

        async Task AskAsync(CancellationToken token)
        {
            // Loads are not numbered as their flights took the slot, but what has a number has had the slot.
            var (past, least, isLater) = (Volatile.Read(ref got), Volatile.Read(ref forgotten), Volatile.Read(ref isForgotten));
            try
            {
                var number = (await flights.RunAsync("key", isLater, LoadAsync, token)).Value;
                Must.Hold(number > least, $"who asked after load {least} was forgotten got load {number}");
                Must.Hold((past & (1 << number)) == 0, $"who asked after load {number} was over got it");
                Interlocked.Or(ref got, 1 << number);
            }
            catch (OperationCanceledException)
            {
                Must.Hold(token.IsCancellationRequested, "who did not give up was told that he had");
            }
        }

        async ValueTask<int> LoadAsync(string key, bool isLater, CancellationToken token)
        {
            var number = Interlocked.Increment(ref begun);
            await Task.Yield();
            // One that was abandoned goes on like one that was forgotten: this load heeds no token.
            var most = giveUp.IsCancellationRequested ? 3 : 2;
            Must.Hold(
                Interlocked.Increment(ref running) <= most,
                "more loads run than a flight, one that was forgotten and one that was abandoned"
            );
            await Task.Yield();
            Must.Hold(
                !isLater || flights.Count == 1 || giveUp.IsCancellationRequested,
                "a flight that was neither forgotten nor abandoned has lost its place"
            );
            Interlocked.Decrement(ref running);
            return number;
        }
    }
}
