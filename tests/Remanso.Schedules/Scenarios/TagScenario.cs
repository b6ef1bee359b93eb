using Remanso.Schedules.Engine;
using Remanso.Tiers;

namespace Remanso.Schedules.Scenarios;

/// <summary>A removal by tag, which takes no partition's lock, beside loads, writes and a settlement: no clean copy that was born
/// before it is served
/// after it. TagTable, StampedTags, FillStep, FlushStep.</summary>
internal static class TagScenario
{
    private const string Tag = "red";

    public static Scenario Scenario { get; } = new("tier-tags", RunAsync);

    private static async Task RunAsync()
    {
        var bed = new TierBed();
        var now = bed.Tier.Now;
        bed.WriteRow("old", now - 100);
        var least = 0L;
        await Task.WhenAll(
            Task.Run(LoadAsync),
            Task.Run(LoadAsync),
            Task.Run(async () =>
            {
                // Others write the row, then remove the tag: what was read of it before is no answer any more.
                var version = now - 50;
                bed.WriteRow("others'", version);
                await bed.Tier.RemoveByTagAsync([Tag], default);
                Volatile.Write(ref least, version);
                LookForRemoved();
            }),
            Task.Run(async () =>
            {
                await bed.WriteAsync("new", Tag);
                await bed.FlushAsync("worker");
                LookForRemoved();
            })
        );
        LookForRemoved();
        await bed.EndAsync();

        async Task LoadAsync()
        {
            var read = await bed.Tier.ReadAsync(TierBed.Key, 1, default);
            if (read.Lease == 0)
            {
                return;
            }

            var (version, value) = bed.Load();
            await Task.Yield();
            await bed.Tier.FillAsync(
                [
                    new FillRequest
                    {
                        Key = TierBed.Key,
                        Lease = read.Lease,
                        Value = value is null ? default : TierBed.Bytes(value),
                        Tags = [Tag],
                        Version = version,
                        Ttl = TimeSpan.FromHours(1),
                    },
                ],
                default
            );
            bed.Look();
            LookForRemoved();
        }

        void LookForRemoved()
        {
            var version = Volatile.Read(ref least);
            if (bed.Read() is { IsDirty: false } entry)
            {
                Must.Hold(entry.Version >= version, $"after a removal by tag of what is older than {version} a reader got {entry.Version}");
            }
        }
    }
}
