using Remanso.Scale.Costs;
using Remanso.Scale.Model;

namespace Remanso.Scale.Report;

/// <summary>Foretells what was measured on the machine that the costs are from. No figure here was used for a cost.</summary>
internal sealed class Validation(CostFile file, MeasuredCosts costs, string results)
{
    public const int Keys = 100_000;

    // As long as CallerCosts and PostgresPairs measure, each from an empty Redis.
    private const double SecondsOfCallers = 1.5;
    private const double SecondsOfPage = 2;

    // All programs on the machine's two processors.
    private static readonly Deployment _machine = new()
    {
        SharedCores = 2,
        CoresOfDatabase = 2,
        Keys = Keys,
        OverHttp = true,
        HasLoad = true,
        Callers = 64,
    };

    private readonly ResultPage _postgres = new(Path.Combine(results, "postgres.md"));
    private readonly ResultPage _http = new(Path.Combine(results, "redis-http.md"));

    /// <summary>What absorbed writes of one process come to with so many callers, and nothing is flushed.</summary>
    /// <param name="callers">How many.</param>
    /// <param name="seconds">For how long; the fewer, the more writes are a key's first.</param>
    public Outcome Absorbed(int callers, double seconds = SecondsOfCallers) =>
        new World(_machine with { OverHttp = false, HasLoad = false, Callers = callers, FlushInterval = 0 }, costs).Run(warmUp: 0, seconds);

    /// <summary>Name, unit, foretold, measured, and where.</summary>
    public IEnumerable<(string Name, string Unit, double Foretold, double Measured, string From)> Rows() =>
        [.. AbsorbedRows(), .. FlushRows(), .. HttpRows()];

    private IEnumerable<(string Name, string Unit, double Foretold, double Measured, string From)> AbsorbedRows()
    {
        foreach (var callers in file.SizesOf("callers").Except(MeasuredCosts.FittedCallers))
        {
            var outcome = Absorbed(callers);
            var name = $"absorbed writes, {callers} callers";
            yield return (name, "/s", outcome.PerSecond, file.Get("callers", callers, "write", "rate").Median, "this run");
            yield return (
                $"{name}: writes in a call",
                "",
                outcome.WritesInCall,
                file.Get("callers", callers, "write", "in a call").Median,
                "this run"
            );
            if (_postgres.Find($"writes of {Keys} keys, {callers} callers, no flush") is { } measured)
            {
                yield return (name, "/s", Absorbed(callers, SecondsOfPage).PerSecond, measured, _postgres.Name);
            }
        }
    }

    // What PostgreSQL needs for a row is taken from the bare loop beside it: a table that was just filled, on that day.
    private IEnumerable<(string Name, string Unit, double Foretold, double Measured, string From)> FlushRows()
    {
        foreach (var name in (string[])["flush, fresh rows", "flush, updated rows"])
        {
            if (_postgres.Find(name) is { } measured && _postgres.Find(name, column: 2) is { } bare)
            {
                var those = costs with { DatabaseRow = (1 / bare) - costs.ProcessSave, Commit = 0 };
                var foretold = new World(_machine with { HasLoad = false, Callers = 0 }, those).Flush(Keys);
                yield return (name, " rows/s", foretold, measured, _postgres.Name);
            }
        }
    }

    private IEnumerable<(string Name, string Unit, double Foretold, double Measured, string From)> HttpRows()
    {
        foreach (
            var (name, deployment) in new[]
            {
                ("cached GET, flat out", _machine with { Reads = 1, FlushInterval = 0 }),
                ("POST /set, 100000 keys, flat out", _machine),
                ("POST /set, one hot key, flat out", _machine with { Keys = 1 }),
            }
        )
        {
            if (_http.Find(name) is { } measured)
            {
                yield return (name, "/s", new World(deployment, costs).Run(warmUp: 1, seconds: 2).PerSecond, measured, _http.Name);
            }
        }
    }
}
