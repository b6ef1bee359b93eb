using Remanso.Scale.Costs;
using Remanso.Scale.Model;

namespace Remanso.Scale.Report;

/// <summary>Foretells what was measured on the machine that the costs are from. No figure here was used for a cost.</summary>
internal sealed class Validation(CostFile file, MeasuredCosts costs, string results)
{
    private const int Keys = 100_000;

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
    public double Absorbed(int callers) => AbsorbedOutcome(callers).PerSecond;

    public Outcome AbsorbedOutcome(int callers) =>
        Run(_machine with { OverHttp = false, HasLoad = false, Callers = callers, FlushInterval = 0 }, warmUp: 0);

    /// <summary>Name, unit, foretold, measured, and where.</summary>
    public IEnumerable<(string Name, string Unit, double Foretold, double Measured, string From)> Rows()
    {
        foreach (var callers in file.SizesOf("callers").Except(MeasuredCosts.FittedCallers))
        {
            var outcome = AbsorbedOutcome(callers);
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
                yield return (name, "/s", outcome.PerSecond, measured, _postgres.Name);
            }
        }

        foreach (var (name, isFresh) in new[] { ("flush, fresh rows", true), ("flush, updated rows", false) })
        {
            if (_postgres.Find(name) is { } measured)
            {
                var foretold = new World(_machine with { HasLoad = false, Callers = 0, HasFreshRows = isFresh }, costs).Flush(Keys);
                yield return (name, " rows/s", foretold, measured, _postgres.Name);
            }
        }

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
                yield return (name, "/s", Run(deployment, warmUp: 1).PerSecond, measured, _http.Name);
            }
        }
    }

    private Outcome Run(Deployment deployment, double warmUp) => new World(deployment, costs).Run(warmUp, seconds: 2);
}
