using Remanso.Schedules.Engine;
using Remanso.Tiers;

namespace Remanso.Schedules.Scenarios;

/// <summary>Loads that began before a write, a flush, an invalidation, the end of a TTL: a fill never hides what was accepted, nor
/// brings back what was invalidated.
/// FillStep, FillLeases, InvalidateStep.</summary>
internal static class FillScenario
{
    public static Scenario Scenario { get; } = new("tier-fill", RunAsync);

    private static async Task RunAsync()
    {
        var bed = new TierBed();
        var now = bed.Tier.Now;
        bed.WriteRow("old", now - 100);
        var invalidated = 0L;
        await Task.WhenAll(
            Task.Run(() => LoadAsync(1)),
            Task.Run(() => LoadAsync(2)),
            Task.Run(async () =>
            {
                await bed.WriteAsync("new");
                await bed.FlushAsync("worker");

                // The clean copy is gone now, and no version is there to speak against a fill that began before the write.
                bed.Time.Advance(TierBed.Ttl);
                bed.Look();
            }),
            Task.Run(async () =>
            {
                // Others write the row, and say so: what was loaded before may not come in afterwards.
                var version = now - 50;
                bed.WriteRow("others'", version);
                await bed.Tier.InvalidateAsync([TierBed.Key], default);
                Volatile.Write(ref invalidated, version);
                LookForStale();
            }),
            Task.Run(() => bed.WatchAsync(3))
        );
        LookForStale();
        await bed.EndAsync();

        async Task LoadAsync(long holder)
        {
            for (var i = 0; i < 2; i++)
            {
                var read = await bed.Tier.ReadAsync(TierBed.Key, holder, default);
                var lease = read.Lease != 0 ? read.Lease : await bed.Tier.TryLeaseAsync(TierBed.Key, holder, default);
                if (lease == 0)
                {
                    await Task.Yield();
                    continue;
                }

                var (version, value) = bed.Load();
                await Task.Yield();
                await bed.Tier.FillAsync(
                    [
                        new FillRequest
                        {
                            Key = TierBed.Key,
                            Lease = lease,
                            Value = value is null ? default : TierBed.Bytes(value),
                            Tombstone = value is null,
                            Version = version,
                            Ttl = TimeSpan.FromHours(1),
                        },
                    ],
                    default
                );
                bed.Look();
                LookForStale();
            }
        }

        void LookForStale()
        {
            var least = Volatile.Read(ref invalidated);
            if (bed.Read() is { } entry)
            {
                Must.Hold(entry.Version >= least, $"after the invalidation of what is older than {least} a reader got {entry.Version}");
            }
        }
    }
}
