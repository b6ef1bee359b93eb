using Remanso.Tiers;

namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>Replays a trace with one set of options.</summary>
internal static class SimulatedRun
{
    // How often the agenda is left for what is due less often.
    private const int LookCalls = 200;

    /// <summary>Replays all calls, and flushes at the end what is dirty then, as a stop does.</summary>
    /// <param name="trace">The calls.</param>
    /// <param name="options">The cache's.</param>
    /// <param name="store">How fast the database is.</param>
    /// <param name="workers">Processes that read, write and flush, with one tier.</param>
    /// <param name="withReads">Whether the reads are replayed. What is dirty, and when it is stored, does not depend on them.</param>
    /// <param name="seed">Of the jitter, the early refreshes, and the process that a call comes to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static RunResult Of(
        Trace trace,
        CacheOptions options,
        StoreModel store,
        int workers,
        bool withReads,
        int seed,
        CancellationToken cancellationToken
    )
    {
        // No fill lease ends before its load, however slow.
        options.Tier.FillLease = TimeSpan.FromDays(1);
        options.Tier.FlushBatchSize = options.Flush.BatchSize;
        var world = new SimulatedWorld(trace, options, store, seed);
        var leaders = new Dictionary<int, SimulatedLoad>();
        string[] names = [.. Enumerable.Range(0, workers).Select(static worker => FormattableString.Invariant($"worker {worker:000}"))];
        SimulatedReader[] readers = [.. names.Select((_, worker) => new SimulatedReader(world, worker, leaders))];
        SimulatedFlusher[] flushers = [.. names.Select(name => new SimulatedFlusher(world, names, name))];
        var sweep = new SimulatedSweep(world, names[0]);
        var half = trace.Calls.Length / 2;
        var cold = (Reads: 0L, Needed: 0L);
        for (var i = 0; i < trace.Calls.Length; i++)
        {
            ref readonly var call = ref trace.Calls[i];
            if (call.Kind == CallKind.Read && !withReads)
            {
                continue;
            }

            while (world.Agenda.Next <= call.Micros)
            {
                world.Agenda.RunNext();
            }

            world.Time.Micros = call.Micros;
            if (i % LookCalls == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sweep.IfDue();
            }

            if (i == half)
            {
                cold = (world.Counts.Reads, NeededQuery(world.Counts));
            }

            if (call.Kind == CallKind.Read)
            {
                readers[workers == 1 ? 0 : world.Random.Next(workers)].Read(call);
            }
            else
            {
                Write(world, call);
                foreach (var flusher in flushers)
                {
                    flusher.Written();
                }
            }
        }

        Drain(world, flushers);
        return Sum(world, workers, cold);
    }

    private static void Write(SimulatedWorld world, in TracedCall call)
    {
        var key = world.Trace.Keys[call.Key];
        var isDelete = call.Kind == CallKind.Delete;
        var bytes = isDelete ? 0 : Math.Max(0, world.Store.BytesOf(call));
        if (bytes > world.Options.Tier.DirtyBytesLimit - (3L * key.Length))
        {
            // The product refuses it by an exception of its own.
            world.Counts.Refused++;
            return;
        }

        var written = SimulatedReader.Done(
            world.Tier.WriteAsync(
                new TierWrite
                {
                    Key = key,
                    Value = world.Trace.Value(bytes),
                    Tombstone = isDelete,
                },
                CancellationToken.None
            )
        );
        if (written.Outcome != TierWriteOutcome.Accepted)
        {
            world.Counts.Refused++;
            return;
        }

        world.Counts.Writes++;
        world.Unsaved.Accepted(call.Key);
        var (entries, dirtyBytes, _) = world.Tier.Dirty;
        world.Counts.PeakDirtyEntries = Math.Max(world.Counts.PeakDirtyEntries, entries);
        world.Counts.PeakDirtyBytes = Math.Max(world.Counts.PeakDirtyBytes, dirtyBytes);
    }

    private static void Drain(SimulatedWorld world, SimulatedFlusher[] flushers)
    {
        foreach (var flusher in flushers)
        {
            flusher.Drains = true;
            flusher.Wake();
        }

        while (world.Agenda.Next != long.MaxValue)
        {
            world.Agenda.RunNext();
        }
    }

    // As "top" has it: of the reads that did not find the value, those that joined another's load needed no query of their own.
    private static long NeededQuery(RunCounts counts) => Math.Min(counts.StoreReads + counts.AbsentReads, counts.LoadedKeys);

    private static RunResult Sum(SimulatedWorld world, int workers, (long Reads, long Needed) cold)
    {
        var counts = world.Counts;
        return new RunResult(world.Options, workers, counts, world.Unsaved.Peak)
        {
            HitRatio = Ratio(counts.Reads, NeededQuery(counts)),
            WarmHitRatio = Ratio(counts.Reads - cold.Reads, NeededQuery(counts) - cold.Needed),
        };
    }

    private static double Ratio(long reads, long needed) => reads == 0 ? double.NaN : 1 - ((double)needed / reads);
}
