using Remanso.Schedules.Engine;
using Remanso.Tiers;

namespace Remanso.Schedules.Scenarios;

/// <summary>A store that refuses, a replay, a drop and a newer write: a dead letter is no older than what was accepted, a newer write
/// ends it, and
/// what was not dropped is stored in the end. DeadLetterStep, FlushStep.</summary>
internal static class DeadLetterScenario
{
    public static Scenario Scenario { get; } = new("tier-dead-letter", RunAsync);

    private static async Task RunAsync()
    {
        var bed = new TierBed();
        await bed.WriteAsync("refused");
        await Task.WhenAll(
            Task.Run(async () =>
            {
                await bed.FlushAsync("worker", SettlementKind.DeadLettered);
                await bed.FlushAsync("worker");
            }),
            Task.Run(() => bed.WriteAsync("newer")),
            Task.Run(async () =>
            {
                await bed.Tier.ReplayDeadLettersAsync([TierBed.Key], default);
                bed.Look();
                await Task.Yield();
                await bed.Tier.ReplayDeadLettersAsync([TierBed.Key], default);
                bed.Look();
            }),
            Task.Run(() => LookAsync(bed)),
            Task.Run(() => bed.WatchAsync(2))
        );
        await bed.EndAsync();
    }

    // What is told of dead letters is true: none is older than what the key had before they were asked for.
    private static async Task LookAsync(TierBed bed)
    {
        for (var i = 0; i < 4; i++)
        {
            var before = bed.Read()?.Version ?? 0;
            await Task.Yield();
            foreach (var letter in await bed.Tier.ListDeadLettersAsync(10, default))
            {
                var now = bed.Read()?.Version ?? 0;
                Must.Hold(letter.Version >= before, $"version {before} was there, and {letter.Version} is told as a dead letter");
                Must.Hold(letter.Version <= now, $"a dead letter of version {letter.Version} stands for an entry of {now}");
            }

            Must.Hold(bed.Tier.Dirty is { Entries: >= 0, DeadLetters: >= 0 and <= 1 }, "the sums of what is dirty are wrong");
            await Task.Yield();
        }
    }
}
