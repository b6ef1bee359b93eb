using Remanso.Server.Commands.Plan.Simulation;

namespace Remanso.Server.Commands.Plan;

/// <summary>Which options are replayed: a base, and from there one thing at a time.</summary>
internal sealed class PlanGrid
{
    // With less, a cache takes no values of 1 MiB, which are allowed unless it says otherwise.
    private const long LeastSize = 4 << 20;

    private static readonly double[] _partsOfAll = [0.1, 0.3, 1];

    /// <summary>Bytes of each process's near cache; 0: there is none.</summary>
    public long Near { get; init; }

    /// <summary>Sizes in bytes, ascending; the base's among them.</summary>
    public required long[] Sizes { get; init; }

    public required TimeSpan[] Ttls { get; init; }

    public required TimeSpan[] Intervals { get; init; }

    public required long BaseSize { get; init; }

    public required TimeSpan BaseTtl { get; init; }

    public required TimeSpan BaseInterval { get; init; }

    /// <summary>Makes a grid. Of each list the first is the base; where it is empty, the product's default is, with
    /// some others about it.</summary>
    /// <param name="trace">What will be replayed: sizes are chosen by what it needs.</param>
    /// <param name="sizes">Bytes.</param>
    /// <param name="ttls">TTLs.</param>
    /// <param name="intervals">Flush intervals.</param>
    /// <param name="near">Bytes of near caches, or 0.</param>
    public static PlanGrid Of(Trace trace, long[] sizes, TimeSpan[] ttls, TimeSpan[] intervals, long near)
    {
        var usual = new CacheOptions();
        sizes = sizes.Length > 0 ? sizes : [usual.Tier.MaxBytes, .. _partsOfAll.Select(part => Round(trace.Footprint * part))];
        ttls = ttls.Length > 0 ? ttls : [usual.Ttl.Base, usual.Ttl.Base / 10, usual.Ttl.Base * 6];
        intervals = intervals.Length > 0 ? intervals : [usual.Flush.Interval, usual.Flush.Interval * 4, usual.Flush.Interval * 20];
        return new PlanGrid
        {
            Near = near,
            Sizes = [.. sizes.Distinct().Order()],
            Ttls = [.. ttls.Distinct().Order()],
            Intervals = [.. intervals.Distinct().Order()],
            BaseSize = sizes[0],
            BaseTtl = ttls[0],
            BaseInterval = intervals[0],
        };
    }

    /// <summary>Replays them all, as many at a time as there are processors.</summary>
    /// <param name="trace">The calls.</param>
    /// <param name="store">How fast the database is.</param>
    /// <param name="seed">Of what is left to chance.</param>
    /// <param name="told">Hears how many replays are done, and which part of all that is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public PlanResult Run(Trace trace, StoreModel store, int seed, Action<long, double> told, CancellationToken cancellationToken)
    {
        var basis = new Cell(BaseSize, BaseTtl, BaseInterval, Workers: 1);
        Cell[] cells =
        [
            .. Sizes
                .Select(size => basis with { Size = size })
                .Concat(Ttls.Select(ttl => basis with { Ttl = ttl }))
                .Concat(Intervals.Select(interval => basis with { Interval = interval }))
                .Append(basis with { Workers = 2 })
                .Append(basis)
                .Distinct(),
        ];
        var results = new RunResult?[cells.Length];
        var workers = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Min(Environment.ProcessorCount, 4),
            CancellationToken = cancellationToken,
        };
        var (gate, done) = (new Lock(), 0L);
        Parallel.For(0, cells.Length, workers, i =>
        {
            results[i] = MayEqual(trace, cells[i]) ? null : RunOne(cells[i]);
            lock (gate)
            {
                told(++done, (double)done / cells.Length);
            }
        });
        var known = results[Array.IndexOf(cells, basis)]!;
        for (var i = 0; i < cells.Length; i++)
        {
            results[i] ??= WouldEqual(known, cells[i]) ? known with { Options = OptionsOf(cells[i]) } : RunOne(cells[i]);
        }

        RunResult RunOne(Cell cell) =>
            SimulatedRun.Of(trace, OptionsOf(cell), store, cell.Workers, withReads: cell.Interval == BaseInterval, seed, cancellationToken);
        RunResult Find(Cell cell) => results[Array.IndexOf(cells, cell)]!;
        return new PlanResult
        {
            Trace = trace,
            Store = store,
            Base = Find(basis),
            Sizes = [.. Sizes.Select(size => Find(basis with { Size = size }))],
            Ttls = [.. Ttls.Select(ttl => Find(basis with { Ttl = ttl }))],
            Intervals = [.. Intervals.Select(interval => Find(basis with { Interval = interval }))],
            TwoWorkers = Find(basis with { Workers = 2 }),
        };
    }

    // Two sizes that both hold everything make no difference, unless it is by their room for what is dirty.
    private bool MayEqual(Trace trace, Cell cell) => cell.Size != BaseSize && Math.Min(cell.Size, BaseSize) >= trace.Footprint;

    private bool WouldEqual(RunResult known, Cell cell) =>
        known.Counts.Refused == 0 && known.Counts.PeakDirtyBytes <= OptionsOf(cell).Tier.DirtyBytesLimit;

    private CacheOptions OptionsOf(Cell cell)
    {
        var options = new CacheOptions();
        options.Tier.MaxBytes = cell.Size;
        options.Ttl.Base = cell.Ttl;
        options.Flush.Interval = cell.Interval;
        options.Near.Enabled = Near > 0;
        options.Near.MaxBytes = Near > 0 ? Near : options.Near.MaxBytes;
        return options;
    }

    /// <summary>Up to two digits, in the unit in which people would write it, so that the table can be read.</summary>
    private static long Round(double bytes)
    {
        var unit = 1L << 10;
        while (bytes >= unit * 1024)
        {
            unit <<= 10;
        }

        var step = bytes / unit >= 100 ? 10 : 1;
        return Math.Max(LeastSize, (long)Math.Ceiling(bytes / unit / step) * step * unit);
    }

    /// <summary>One set of options.</summary>
    private sealed record Cell(long Size, TimeSpan Ttl, TimeSpan Interval, int Workers);
}
