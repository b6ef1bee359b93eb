using Remanso.Entries;
using Remanso.Near;
using Remanso.Schedules.Engine;
using Remanso.Telemetry;
using Remanso.Testing;
using Remanso.Tiers;

namespace Remanso.Schedules.Scenarios;

/// <summary>Reads that bring what they got while it changes: once a change was heard, or a write has returned here, no older copy is
/// found. NearCache,
/// NearStripe, NearTags.</summary>
internal static class NearScenario
{
    private const string Key = "key";

    public static Scenario Scenario { get; } = new("near", RunAsync);

    private static async Task RunAsync()
    {
        var options = new CacheOptions();
        options.Near.Enabled = true;
        var time = new ManualTimeProvider();
        var tier = new MemoryTier("test", new TierOptions { Partitions = 1 }, time);
        var near = new NearCache<string, string>(
            tier,
            KeyCodec.For<string>(),
            ValueCodec.For<string>(),
            options,
            time,
            new CacheCounters()
        );
        ITierObserver heard = near;
        var (current, atLeast) = (1, 0);
        await Task.WhenAll(
            Task.Run(ReadAsync),
            Task.Run(ReadAsync),
            Task.Run(async () =>
            {
                await ChangeAsync(2);
                await ChangeAsync(3);
            }),
            Task.Run(async () =>
            {
                // What is written while nobody hears of it.
                heard.OnLost();
                Must.Hold(near.Find(Key) is null, "a copy is held while changes go unheard");
                Raise(ref current, 4);
                await Task.Yield();
                heard.OnRestored();
                Raise(ref atLeast, 4);
                Look();
            }),
            Task.Run(async () =>
            {
                await Task.Yield();
                heard.OnTagRemoved("tag");
                Look();
            })
        );
        Look();

        async Task ReadAsync()
        {
            for (var i = 0; i < 2; i++)
            {
                Look();
                var ticket = near.Begin(Key);
                var entry = new CacheEntry
                {
                    Version = Volatile.Read(ref current),
                    Value = TierBed.Bytes("value"),
                    FreshUntil = CacheEntry.Never,
                    ExpiresAt = CacheEntry.Never,
                    Tags = i == 0 ? ["tag"] : null,
                };
                await Task.Yield();
                near.Offer(ticket, Key, new ReadResult<string>(entry, "value", ReadSource.Tier, ReadFlags.Found));
                Look();
            }
        }

        async Task ChangeAsync(int version)
        {
            Raise(ref current, version);
            await Task.Yield();
            heard.OnChanged(Key, version);
            Raise(ref atLeast, version);
            Look();
        }

        static void Raise(ref int highest, int version)
        {
            for (var seen = Volatile.Read(ref highest); seen < version; seen = Volatile.Read(ref highest))
            {
                Interlocked.CompareExchange(ref highest, version, seen);
            }
        }

        void Look()
        {
            var least = Volatile.Read(ref atLeast);
            if (near.Find(Key) is { } copy)
            {
                Must.Hold(copy.Entry.Version >= least, $"version {least} was heard of, and a copy of {copy.Entry.Version} is found");
            }
        }
    }
}
