using Remanso.ReadThrough;
using Remanso.Schedules.Engine;

namespace Remanso.Schedules.Scenarios;

/// <summary>Callers that join, give up and ask again, and a write that makes the flight be forgotten: one load at a time, nobody gets a
/// load that had
/// ended or was forgotten before he asked, and nobody waits for ever. SingleFlight, Flight, FlightSeat.</summary>
internal static class FlightScenario
{
    public static Scenario Scenario { get; } = new("flight", RunAsync);

    private static async Task RunAsync()
    {
        var flights = new SingleFlight<string, int>();
        var (begun, ended, forgotten, running) = (0, 0, 0, 0);
        using var giveUp = new CancellationTokenSource();
        await Task.WhenAll(
            Task.Run(() => AskAsync(default)),
            Task.Run(() => AskAsync(default)),
            Task.Run(() => AskAsync(giveUp.Token)),
            Task.Run(async () =>
            {
                var number = Volatile.Read(ref begun);
                flights.Forget("key");
                Interlocked.Exchange(ref forgotten, number);
                await AskAsync(default);
            }),
            Task.Run(() => giveUp.Cancel())
        );
        Must.Hold(flights.Count == 0, $"{flights.Count} flights are left behind");

        async Task AskAsync(CancellationToken token)
        {
            var least = Math.Max(Volatile.Read(ref ended), Volatile.Read(ref forgotten));
            try
            {
                var result = await flights.RunAsync("key", LoadAsync, token);
                Must.Hold(result.Value > least, $"who asked after load {least} got load {result.Value}");
            }
            catch (OperationCanceledException)
            {
                Must.Hold(token.IsCancellationRequested, "who did not give up was told that he had");
            }
        }

        async ValueTask<int> LoadAsync(string key, CancellationToken token)
        {
            var number = Interlocked.Increment(ref begun);
            await Task.Yield();
            Must.Hold(Interlocked.Increment(ref running) <= 2, "more loads run than a flight and one that was forgotten");
            await Task.Yield();
            Interlocked.Decrement(ref running);
            Interlocked.Exchange(ref ended, Math.Max(ended, number - 1));
            return number;
        }
    }
}
