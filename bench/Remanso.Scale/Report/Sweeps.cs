using Remanso.Scale.Costs;
using Remanso.Scale.Model;

namespace Remanso.Scale.Report;

/// <summary>Deployments that nobody has at hand: the knee of each, and what it is.</summary>
internal sealed class Sweeps(MeasuredCosts costs)
{
    public static readonly int[] Processes = [1, 2, 4, 8, 16, 32, 64];
    public static readonly int[] Shards = [1, 2, 4, 8, 16];
    public static readonly int[] Partitions = [16, 64, 256, 1024];
    public static readonly int[] DatabaseCores = [1, 2, 4, 8, 16];

    /// <summary>Where nothing else is said: a server of two cores for each process, and a database that is no limit.</summary>
    public static Deployment Base { get; } =
        new()
        {
            OverHttp = true,
            CoresOfDatabase = 32,
            Partitions = 256,
        };

    /// <summary>Processes and shards.</summary>
    public Dictionary<(int Processes, int Shards), (double Rate, Outcome Outcome)> ByProcessesAndShards() =>
        Find(
            from processes in Processes
            from shards in Shards
            select ((processes, shards), Base with { Processes = processes, Shards = shards })
        );

    /// <summary>Sixteen shards, and many processes, with more and more partitions.</summary>
    public Dictionary<(int Partitions, int Shards), (double Rate, Outcome Outcome)> ByPartitions() =>
        Find(
            from partitions in Partitions
            from shards in (int[])[4, 16]
            select ((partitions, shards), Base with { Processes = 32, Shards = shards, Partitions = partitions })
        );

    /// <summary>Cores of the database, where each write is a row and where ten thousand keys are written again and again.</summary>
    public Dictionary<(int Cores, int Keys), (double Rate, Outcome Outcome)> ByDatabase() =>
        Find(
            from cores in DatabaseCores
            from keys in (int[])[10_000_000, 10_000]
            select ((cores, keys), Base with { Processes = 16, Shards = 8, CoresOfDatabase = cores, Keys = keys })
        );

    /// <summary>Nine reads to a write, all hits of the tier.</summary>
    public Dictionary<(int Shards, int Processes), (double Rate, Outcome Outcome)> WithReads() =>
        Find(
            from shards in (int[])[1, 2, 4]
            from processes in (int[])[4, 16]
            select ((shards, processes), Base with { Processes = processes, Shards = shards, Reads = 0.9 })
        );

    /// <summary>Latencies on the way to the knee and past it.</summary>
    public List<(double Rate, Outcome Outcome)> Latencies(int shards, double knee) =>
        [
            .. ((double[])[0.05, 0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 1, 1.08])
                .AsParallel()
                .AsOrdered()
                .Select(part => (part * knee, Sustained.Run(Base with { Processes = 8, Shards = shards }, costs, part * knee))),
        ];

    private Dictionary<TKey, (double Rate, Outcome Outcome)> Find<TKey>(IEnumerable<(TKey Key, Deployment Deployment)> deployments)
        where TKey : notnull =>
        deployments
            .AsParallel()
            .Select(item => (item.Key, Found: Sustained.Find(item.Deployment, costs)))
            .ToDictionary(static item => item.Key, static item => item.Found);
}
