using System.Globalization;
using System.Text;
using Remanso.Schedules.Engine;
using Remanso.Tiers;

namespace Remanso.Schedules.Scenarios;

/// <summary>Compare-and-set and additions of several writers, with a flush in between: of a version one writer wins, and each addition
/// counts once.
/// WriteStep and Merging.</summary>
internal static class WriteScenario
{
    public static Scenario Scenario { get; } = new("tier-write", RunAsync);

    private static async Task RunAsync()
    {
        var bed = new TierBed();
        var first = await bed.WriteAsync("0");
        var won = 0;
        await Task.WhenAll(
            Task.Run(() => SetAsync("10")),
            Task.Run(() => SetAsync("20")),
            Task.Run(AddAsync),
            Task.Run(() => bed.FlushAsync("worker")),
            Task.Run(() => bed.WatchAsync(2))
        );

        // An addition before a write is in what that replaced, and one after it on top.
        var value = int.Parse(Encoding.UTF8.GetString(bed.Read()!.Value.Span), CultureInfo.InvariantCulture);
        Must.Hold(won <= 1, $"{won} writers replaced one version");
        Must.Hold(won == 1 ? value is 12 or 22 : value == 2, $"two additions, {won} writes of another value, and the value is {value}");
        await bed.EndAsync();

        async Task SetAsync(string text)
        {
            var write = new TierWrite
            {
                Key = TierBed.Key,
                Value = TierBed.Bytes(text),
                Condition = WriteCondition.IsVersion(first),
            };
            var result = await bed.Tier.WriteAsync(write, default);
            if (result.Outcome == TierWriteOutcome.Accepted)
            {
                Interlocked.Increment(ref won);
                bed.Look(result.Version);
            }
        }

        async Task AddAsync()
        {
            for (var i = 0; i < 2; i++)
            {
                var before = bed.Read()!.Version;
                var result = await bed.Tier.WriteAsync(new TierWrite { Key = TierBed.Key, Merge = Merge.Add(1) }, default);
                Must.Hold(result.Version > before, $"an addition to version {before} has version {result.Version}");
                bed.Look(result.Version);
                await Task.Yield();
            }
        }
    }
}
