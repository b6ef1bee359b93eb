using System.Buffers.Text;
using Remanso.Baselines;
using Remanso.Benchmarks.Workloads;
using Remanso.Entries;
using Remanso.Sqlite;
using Remanso.Tiers;

namespace Remanso.Benchmarks.Paired;

/// <summary>Writes that wait for the disk: many callers who each wait for their own write, against a loop that commits
/// row by row with an fsync each. And how long a start takes that finds a million dirty entries in its journal. And
/// counters, whose increments are coalesced like writes.</summary>
internal static class DurabilityPairs
{
    private const int Recovered = 1_000_000;
    private const int BareWrites = 500;
    private const int Counters = 1_000;
    private const int CounterCallers = 64;

    private static readonly byte[] _value = new byte[100];

    public static async IAsyncEnumerable<object> RunAsync(int rounds, int rows)
    {
        foreach (var level in new[] { Durability.Logged, Durability.Stored })
        {
            foreach (var (waiters, aim) in new[] { (64, Aim.AtLeast(8)), (512, Aim.AtLeast(30)) })
            {
                var pair = new PairResult($"{level}, {waiters} waiters, against one fsync per row", "writes/s", aim);
                for (var round = -1; round < rounds; round++)
                {
                    var oursFirst = round % 2 == 0;
                    var first = oursFirst ? await WriteAsync(level, waiters, rows) : SaveBare();
                    var second = oursFirst ? SaveBare() : await WriteAsync(level, waiters, rows);
                    if (round >= 0)
                    {
                        // The first round only warms up.
                        pair.Add(oursFirst ? first : second, oursFirst ? second : first);
                    }
                }

                yield return pair;
            }
        }

        yield return await CountAsync(rounds);
        yield return await RecoverAsync(rounds);
    }

    private static async Task<Sample> WriteAsync(Durability level, int waiters, int writes)
    {
        var folder = Directory.CreateTempSubdirectory("remanso-bench-");
        try
        {
            var (services, cache) = await Caches.StartAsync(builder =>
            {
                builder.UseSqlite(Path.Combine(folder.FullName, "remanso.db"));
                if (level == Durability.Logged)
                {
                    builder.UseSqliteJournal(Path.Combine(folder.FullName, "journal.db"));
                }
            });
            await using (services)
            {
                var keys = Keys.Shuffled(writes);
                var options = new WriteOptions { Durability = level };
                var next = -1;
                var start = TimeProvider.System.GetTimestamp();
                await Task.WhenAll(
                    Enumerable
                        .Range(0, waiters)
                        .Select(async _ =>
                        {
                            for (var i = Interlocked.Increment(ref next); i < keys.Length; i = Interlocked.Increment(ref next))
                            {
                                await cache.SetAsync(keys[i], _value, options);
                            }
                        })
                );
                return new Sample(writes / TimeProvider.System.GetElapsedTime(start).TotalSeconds);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Sample SaveBare()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-bench-");
        try
        {
            using var loop = new BareUpsertLoop(Path.Combine(folder.FullName, "bare.db"));
            var keys = Keys.Shuffled(BareWrites);
            var start = TimeProvider.System.GetTimestamp();
            loop.Save(keys, _value, version: 1, batchSize: 1);
            return new Sample(BareWrites / TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<PairResult> CountAsync(int rounds)
    {
        var pair = new PairResult(
            $"increments of {Counters} counters, {CounterCallers} callers, against one fsync per increment",
            "increments/s",
            Aim.AtLeast(30)
        );
        for (var round = -1; round < rounds; round++)
        {
            var oursFirst = round % 2 == 0;
            var first = oursFirst ? await IncrementAsync() : SaveBare();
            var second = oursFirst ? SaveBare() : await IncrementAsync();
            if (round >= 0)
            {
                pair.Add(oursFirst ? first : second, oursFirst ? second : first);
            }
        }

        return pair;
    }

    /// <summary>Until the store has the sums: the flush is part of it.</summary>
    private static async Task<Sample> IncrementAsync()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-bench-");
        try
        {
            var (services, cache) = await Caches.StartAsync(builder => builder.UseSqlite(Path.Combine(folder.FullName, "remanso.db")));
            await using (services)
            {
                var keys = Keys.InOrder(Counters);
                var start = TimeProvider.System.GetTimestamp();
                await Callers.RunAsync(CounterCallers, TimeSpan.FromSeconds(1), keys, key => cache.IncrementAsync(key));
                await cache.Operations.FlushAsync();
                var elapsed = TimeProvider.System.GetElapsedTime(start);
                var counted = (await cache.Operations.GetStatisticsAsync()).Writes;
                var sum = 0L;
                foreach (var key in keys)
                {
                    var row = await cache.GetAsync(key, ReadFrom.Store);
                    sum += row.Found && Utf8Parser.TryParse(row.Value.Span, out long count, out _) ? count : 0;
                }

                return sum == counted
                    ? new Sample(counted / elapsed.TotalSeconds)
                    : throw new InvalidOperationException($"Of {counted} increments {sum} are in the store.");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The same journal every round: a start changes nothing in it.</summary>
    private static async Task<FigureResult> RecoverAsync(int rounds)
    {
        var recovery = new FigureResult($"recovery of {Recovered} dirty entries from the journal", " ms");
        var folder = Directory.CreateTempSubdirectory("remanso-bench-");
        try
        {
            var path = Path.Combine(folder.FullName, "journal.db");
            await using (var journal = new SqliteJournal(SqliteAddress.Parse(path)))
            {
                await journal.OpenAsync(new Dictionary<string, NotedStore>(), CancellationToken.None);
                foreach (var keys in Keys.InOrder(Recovered).Chunk(10_000))
                {
                    await journal.CommitAsync([.. keys.Select(Dirty)], CancellationToken.None);
                }
            }

            for (var round = 0; round < rounds; round++)
            {
                recovery.Add((await RecoverOnceAsync(path)).TotalMilliseconds);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return recovery;
    }

    private static async Task<TimeSpan> RecoverOnceAsync(string path)
    {
        GC.Collect();
        await using var provider = new MemoryTierProvider(TimeProvider.System, new SqliteJournal(SqliteAddress.Parse(path)));
        await using var tier = provider.Create(Caches.Name, new TierOptions { MaxBytes = 4L << 30 });
        var start = TimeProvider.System.GetTimestamp();
        await tier.InitializeAsync(CancellationToken.None);
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        var dirty = await tier.GetDirtyAsync(CancellationToken.None);
        return dirty.Entries == Recovered
            ? elapsed
            : throw new InvalidOperationException($"Of {Recovered} entries {dirty.Entries} came back.");
    }

    private static JournalRecord Dirty(string key)
    {
        const long Version = 1_795_296_341_017_021;
        return new JournalRecord(
            Caches.Name,
            key,
            Version,
            new CacheEntry
            {
                Version = Version,
                State = EntryState.Dirty,
                Value = _value,
                CachedAt = Version,
            }
        );
    }
}
