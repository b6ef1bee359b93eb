using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Schedules.Engine;
using Remanso.Tiers;
using Remanso.Tiers.Memory;

namespace Remanso.Schedules.Scenarios;

/// <summary>Writes that wait for their commit, settlements, and the end of the process: what is told as committed is on the disk or in
/// the store, and
/// what is on the disk at last is what is dirty. JournalWriter, JournalBatch, TierJournal.</summary>
internal static class JournalScenario
{
    public static Scenario Scenario { get; } = new("journal", RunAsync);

    private static async Task RunAsync()
    {
        var disk = new Disk();
        JournalWriter? writer = null;
        var time = new Remanso.Testing.ManualTimeProvider();
        writer = new JournalWriter(disk, time, NullLogger.Instance);
        var bed = new TierBed(options => new MemoryTier(
            "test",
            options,
            time,
            new TierJournal("test", writer, new Dictionary<string, NotedStore> { ["test"] = new("store") }, keepsVersions: false)
        ));
        await bed.Tier.InitializeAsync(default);
        await Task.WhenAll(
            Task.Run(() => WriteAsync("one")),
            Task.Run(async () =>
            {
                await WriteAsync("two");
                await WriteAsync("three");
            }),
            Task.Run(() => bed.FlushAsync("worker"))
        );
        await writer.DisposeAsync();

        var (entry, row) = (bed.Read(), disk.Rows.GetValueOrDefault(TierBed.Key));
        Must.Hold(
            entry is { IsDirty: true } ? row?.Version == entry.Version : row is null,
            $"version {entry?.Version} is {(entry?.IsDirty == true ? "dirty" : "clean")}, and the disk has {row?.Version}"
        );

        async Task WriteAsync(string value)
        {
            var version = await bed.WriteAsync(value);
            await bed.Tier.EnsureAsync(TierBed.Key, version, Durability.Logged, TimeSpan.FromHours(1), default);
            Must.Hold(
                disk.Highest >= version || bed.Row >= version,
                $"version {version} was told as committed; the disk has had {disk.Highest}, and the store has {bed.Row}"
            );
        }
    }

    private sealed class Disk : ITierJournal
    {
        private int _committing;
        private long _highest;

        public ConcurrentDictionary<string, JournalRecord> Rows { get; } = new();

        public long Highest => Volatile.Read(ref _highest);

        public string Description => "scenario";

        public ValueTask<JournalContent> OpenAsync(IReadOnlyDictionary<string, NotedStore> stores, CancellationToken cancellationToken) =>
            new(new JournalContent([], 0, []));

        public async ValueTask CommitAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
        {
            Must.Hold(Interlocked.Increment(ref _committing) == 1, "two commits at once");
            await Task.Yield();
            foreach (var record in records)
            {
                if (record.Entry is null)
                {
                    Rows.TryRemove(record.Key, out _);
                }
                else
                {
                    Must.Hold(record.Version > (Rows.GetValueOrDefault(record.Key)?.Version ?? 0), "the disk went back");
                    Rows[record.Key] = record;
                    Volatile.Write(ref _highest, record.Version);
                }
            }

            Interlocked.Decrement(ref _committing);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
