namespace Remanso.Scale.Costs;

/// <summary>What the simulation is fed with, in seconds.</summary>
internal sealed record MeasuredCosts
{
    // With so many keys the callers were measured.
    private const int KeysOfCallers = 100_000;
    private const int BusyCallers = 32;
    private const double Micro = 1e-6;

    /// <summary>Of Redis: a look at a connection that has something, a call of a script, a write in it.</summary>
    public required double RedisRead { get; init; }

    public required double RedisCall { get; init; }

    public required double RedisWrite { get; init; }

    /// <summary>Of Redis, more for a write whose key has no marker.</summary>
    public required double RedisMarker { get; init; }

    /// <summary>Of the process: a call, a write in it.</summary>
    public required double ProcessCall { get; init; }

    public required double ProcessWrite { get; init; }

    /// <summary>A read that finds its key in the tier.</summary>
    public required double RedisGet { get; init; }

    public required double ProcessGet { get; init; }

    /// <summary>A row that is taken and settled.</summary>
    public required double RedisRow { get; init; }

    public required double ProcessRow { get; init; }

    /// <summary>A row that is saved; one that is fresh costs no more.</summary>
    public required double DatabaseRow { get; init; }

    /// <summary>The client's part of a saved row.</summary>
    public required double ProcessSave { get; init; }

    /// <summary>What a batch waits for beside processors.</summary>
    public required double Commit { get; init; }

    /// <summary>A request over HTTP: the server's part, and the load program's, for a read and a write.</summary>
    public required double HttpGet { get; init; }

    public required double HttpSet { get; init; }

    public required double LoadGet { get; init; }

    public required double LoadSet { get; init; }

    /// <summary>The callers whose figures are used; those of others are for comparison.</summary>
    public static int[] FittedCallers => [8, 32, 256, 2048];

    /// <param name="file">The costs.</param>
    /// <param name="keys">Of a cache and a table with so many.</param>
    public static MeasuredCosts From(CostFile file, int keys)
    {
        var marker = MarkerOf(KeysOfCallers);
        var redis = LinearFit.Solve([
            .. FittedCallers.Select(callers =>
            {
                var calls = CallsOfWrite(file, callers);
                var looks = calls / file.Get("callers", callers, "call", "in a read").Median;
                var first = file.Get("callers", callers, "write", "first of its key").Median;
                var total = file.Get("callers", callers, "write", "redis").Median - (first * marker);
                return (new[] { looks, calls, 1 }, total);
            }),
        ]);

        // Of few callers most of the time goes into falling asleep and waking up, which a busy process does not do.
        var process = LinearFit.Solve([
            .. FittedCallers
                .Where(static callers => callers >= BusyCallers)
                .Select(callers => (new[] { CallsOfWrite(file, callers), 1 }, file.Get("callers", callers, "write", "process").Median)),
        ]);
        return new MeasuredCosts
        {
            RedisRead = redis[0] * Micro,
            RedisCall = redis[1] * Micro,
            RedisWrite = redis[2] * Micro,
            RedisMarker = MarkerOf(keys) * Micro,
            ProcessCall = process[0] * Micro,
            ProcessWrite = process[1] * Micro,
            RedisGet = Of("redis", "read, hit in the tier", "redis") * Micro,
            ProcessGet = Of("redis", "read, hit in the tier", "process") * Micro,
            RedisRow = Of("redis", "flushed row, all keys", "redis") * Micro,
            ProcessRow = Of("redis", "flushed row, all keys", "process") * Micro,
            DatabaseRow = Of("postgres", "saved row, updated", "postgres") * Micro,
            ProcessSave = Of("postgres", "saved row, updated", "process") * Micro,
            Commit = CommitOf(file, keys),
            HttpGet = Http(file, "GET", "server") * Micro,
            HttpSet = Http(file, "POST /set", "server") * Micro,
            LoadGet = Http(file, "GET", "load program") * Micro,
            LoadSet = Http(file, "POST /set", "load program") * Micro,
        };

        double MarkerOf(int some) =>
            file.Get("redis", some, "write of a clean key", "redis").Median
            - file.Get("redis", some, "write of a dirty key", "redis").Median;

        double Of(string set, string what, string where) => file.Get(set, keys, what, where).Median;
    }

    private static double CallsOfWrite(CostFile file, int callers) => 1 / file.Get("callers", callers, "write", "in a call").Median;

    // A batch by one client goes: client, server, disk. What neither worked is the disk.
    private static double CommitOf(CostFile file, int keys)
    {
        return Math.Max(0, (1000 / Of("rate")) - (1000 * (Of("postgres") + Of("process")) * Micro));

        double Of(string where) => file.Get("postgres", keys, "saved row, updated", where).Median;
    }

    private static double Http(CostFile file, string what, string where) => file.Get("http", 64, what, where).Median;
}
