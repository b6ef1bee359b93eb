using Remanso.Scale.Costs;

namespace Remanso.Scale.Model;

/// <summary>Finds the knee: the highest rate that a deployment answers in time, with the store keeping up.</summary>
internal static class Sustained
{
    private const double WarmUp = 0.3;
    private const double LeastSeconds = 0.5;
    private const double MostSeconds = 1;
    private const double MostCalls = 300_000;
    private const double MostP99 = 0.025;
    private const int Steps = 6;

    /// <summary>The rate, and what was busiest at it.</summary>
    public static (double Rate, Outcome Outcome) Find(Deployment deployment, MeasuredCosts costs)
    {
        var (low, high) = (0d, Bound(deployment, costs));
        var best = Run(deployment, costs, high / 50);
        for (var step = 0; step < Steps; step++)
        {
            var rate = (low + high) / 2;
            var outcome = Run(deployment, costs, rate);
            if (IsWell(outcome, rate, deployment))
            {
                (low, best) = (rate, outcome);
            }
            else
            {
                high = rate;
            }
        }

        return (low, best);
    }

    public static Outcome Run(Deployment deployment, MeasuredCosts costs, double rate) =>
        new World(deployment with { Rate = rate }, costs).Run(WarmUp, SecondsOf(rate));

    // At least two flushes of each worker, and no more calls than say enough.
    private static double SecondsOf(double rate) => Math.Clamp(MostCalls / rate, LeastSeconds, MostSeconds);

    private static bool IsWell(Outcome outcome, double rate, Deployment deployment)
    {
        // A tenth of what is written may be noise: dirty entries rise and fall with each flush.
        var mostGrowth = (0.1 * rate * (1 - deployment.Reads) * SecondsOf(rate) / 2) + 1_000;
        return outcome.PerSecond >= 0.97 * rate && outcome.P99 <= MostP99 && outcome.DirtyGrowth <= mostGrowth;
    }

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
                1 / (redis * SlotMap.FullestPart(deployment.Partitions, deployment.Shards)),
                Math.Min(
                    deployment.Processes * deployment.CoresOfProcess / process,
                    writes == 0 ? double.MaxValue : deployment.CoresOfDatabase / (writes * costs.DatabaseUpdated)
                )
            );
    }
}
