using Remanso.Scale.Costs;
using Remanso.Scale.Model;

namespace Remanso.Scale.Report;

/// <summary>Deployments that nobody has at hand: the knee of each, and what it is.</summary>
internal sealed class Sweeps(MeasuredCosts costs)
{
    /// <summary>What two knees may differ by because each is found to so much.</summary>
    public const double Noise = 0.05;

    // More than this no reason explains: the search would be at fault.
    private const double MostFall = 0.15;

    public static readonly int[] Processes = [1, 2, 4, 8, 16, 32, 64];
    public static readonly int[] Masters = [1, 2, 4, 8, 16];
    public static readonly int[] Partitions = [16, 64, 256, 1024];
    public static readonly int[] MastersOfReads = [1, 2, 4];
    public static readonly int[] DatabaseCores = [1, 2, 4, 8, 16];
    public static readonly int[] Keys = [10_000, 10_000_000];

    /// <summary>Where nothing else is said: a server of two cores for each process, and a database that is no limit.</summary>
    public static Deployment Base { get; } =
        new()
        {
            OverHttp = true,
            CoresOfDatabase = 32,
            Partitions = 256,
        };

    /// <summary>Processes and masters.</summary>
    public Dictionary<(int Processes, int Masters), Knee> ByProcessesAndMasters() =>
        Find(
            from processes in Processes
            from masters in Masters
            select ((processes, masters), Base with { Processes = processes, Masters = masters })
        );

    /// <summary>Where twice the processes or masters sustain less, by more than <see cref="Noise"/>.</summary>
    /// <exception cref="InvalidOperationException">By so much that the search can't be right.</exception>
    public static IReadOnlyList<(string From, string To, Knee Before, Knee After)> Falls(
        Dictionary<(int Processes, int Masters), Knee> knees
    )
    {
        var steps =
            from at in knees.Keys
            from next in ((int, int)[])[(at.Processes * 2, at.Masters), (at.Processes, at.Masters * 2)]
            where knees.ContainsKey(next) && knees[next].Rate < (1 - Noise) * knees[at].Rate
            orderby at
            select (NameOf(at), NameOf(next), knees[at], knees[next]);
        var falls = steps.ToArray();
        return Array.Find(falls, static fall => fall.Item4.Rate < (1 - MostFall) * fall.Item3.Rate) is { Item1: { } from, Item2: var to }
            ? throw new InvalidOperationException($"From {from} to {to} the sustained rate falls by more than {MostFall:P0}.")
            : falls;

        static string NameOf((int Processes, int Masters) at) => $"{at.Processes} × {at.Masters}";
    }

    /// <summary>32 processes and 16 masters, with more and more partitions.</summary>
    public Dictionary<int, Knee> ByPartitions() =>
        Find(Partitions.Select(static partitions => (partitions, Base with { Processes = 32, Masters = 16, Partitions = partitions })));

    /// <summary>Cores of the database, where each write is a row and where ten thousand keys are written again and again.</summary>
    public Dictionary<(int Cores, int Keys), Knee> ByDatabase() =>
        Find(
            from cores in DatabaseCores
            from keys in Keys
            select ((cores, keys), Base with { Processes = 16, Masters = 8, CoresOfDatabase = cores, Keys = keys })
        );

    /// <summary>Nine reads to a write, all hits of the tier, for 8 processes.</summary>
    public Dictionary<int, Knee> WithReads() =>
        Find(MastersOfReads.Select(static masters => (masters, Base with { Processes = 8, Masters = masters, Reads = 0.9 })));

    /// <summary>Latencies on the way to the knee and past it.</summary>
    public List<(double Rate, Outcome Outcome)> Latencies(int processes, int masters, double knee) =>
        [
            .. ((double[])[0.05, 0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 1, 1.08])
                .AsParallel()
                .AsOrdered()
                .Select(part => (part * knee, Sustained.Run(Base with { Processes = processes, Masters = masters }, costs, part * knee))),
        ];

    /// <summary>What comes of it where something that is assumed, or not measured well, is otherwise.</summary>
    public IEnumerable<(string Name, Knee Knee)> WithDoubts()
    {
        var usual = Base with { Processes = 8, Masters = 4 };
        var dearRows = costs with
        {
            RedisRow = costs.RedisRow * 1.5,
            ProcessRow = costs.ProcessRow * 1.5,
            ProcessSave = costs.ProcessSave * 1.5,
            DatabaseRow = costs.DatabaseRow * 1.5,
        };
        return new[]
        {
            ("as above", usual, costs),
            ("a row costs half as much again, everywhere", usual, dearRows),
            ("a look is a fifth the round's", usual with { RoundOfLook = 0.2 }, costs),
            ("a look is four fifths the round's", usual with { RoundOfLook = 0.8 }, costs),
            ("500 µs from machine to machine", usual with { Network = 500e-6 }, costs),
            ("2 batches at once instead of 4", usual with { BatchesInFlight = 2 }, costs),
            ("another seed", usual with { Seed = 2 }, costs),
        }
            .AsParallel()
            .AsOrdered()
            .Select(static doubt => (doubt.Item1, Sustained.Find(doubt.Item2, doubt.Item3)));
    }

    private Dictionary<TKey, Knee> Find<TKey>(IEnumerable<(TKey Key, Deployment Deployment)> deployments)
        where TKey : notnull =>
        deployments
            .AsParallel()
            .Select(item => (item.Key, Found: Sustained.Find(item.Deployment, costs)))
            .ToDictionary(static item => item.Key, static item => item.Found);
}
