using Remanso.Scale.Costs;

namespace Remanso.Scale.Model;

/// <summary>Finds the knee of a deployment.</summary>
internal static class Sustained
{
    // Two flushes of each worker don't count: the first begins with nothing dirty. Then at least three do, and as many as say
    // enough; where there are many calls, there are many workers, too, who flush out of step.
    private const double WarmUp = 0.6;
    private const double LeastSeconds = 0.8;
    private const double MostSeconds = 2.4;
    private const double EnoughCalls = 100_000;
    private const double MostP99 = 0.025;

    // Dirty entries rise and fall with each flush, so that their means differ a little.
    private const double MostGrowth = 0.04;

    // Where the search begins, below what is possible at most; then each step halves what is uncertain, to 2 %.
    private const double Range = 4;
    private const int Steps = 6;

    public static Knee Find(Deployment deployment, MeasuredCosts costs)
    {
        var high = Bound(deployment, costs);
        var low = high / Range;
        var best = Run(deployment, costs, low, MostP99);
        while (!IsWell(best, low, deployment))
        {
            (low, high) = (low / Range, low);
            best = Run(deployment, costs, low, MostP99);
        }

        for (var step = 0; step < Steps; step++)
        {
            var rate = Math.Sqrt(low * high);
            var outcome = Run(deployment, costs, rate, MostP99);
            if (IsWell(outcome, rate, deployment))
            {
                (low, best) = (rate, outcome);
            }
            else
            {
                high = rate;
            }
        }

        return new Knee(low, best);
    }

    public static Outcome Run(Deployment deployment, MeasuredCosts costs, double rate, double mostP99 = double.MaxValue)
    {
        var seconds = Math.Clamp(EnoughCalls / rate, LeastSeconds, MostSeconds);
        return new World(deployment with { Rate = rate }, costs).Run(WarmUp, seconds, mostP99);
    }

    private static bool IsWell(Outcome outcome, double rate, Deployment deployment) =>
        outcome.PerSecond >= 0.97 * rate && outcome.P99 <= MostP99 && outcome.DirtyGrowth <= MostGrowth * rate * (1 - deployment.Reads);

    /// <summary>What no deployment can exceed: each station at full work, with calls as large as they may be.</summary>
    private static double Bound(Deployment deployment, MeasuredCosts costs)
    {
        var writes = 1 - deployment.Reads;
        var redis = (writes * (costs.RedisWrite + costs.RedisMarker + costs.RedisRow)) + (deployment.Reads * costs.RedisGet);
        var process =
            (writes * (costs.ProcessWrite + costs.ProcessRow + costs.ProcessSave + (deployment.OverHttp ? costs.HttpSet : 0)))
            + (deployment.Reads * (costs.ProcessGet + (deployment.OverHttp ? costs.HttpGet : 0)));
        var coalesced = deployment.Keys < 1_000_000 ? 5 : 1;
        return coalesced
            * Math.Min(
                1 / (redis * SlotMap.FullestPart(deployment.Partitions, deployment.Masters)),
                Math.Min(
                    deployment.Processes * deployment.CoresOfProcess / process,
                    writes == 0 ? double.MaxValue : deployment.CoresOfDatabase / (writes * costs.DatabaseRow)
                )
            );
    }
}
