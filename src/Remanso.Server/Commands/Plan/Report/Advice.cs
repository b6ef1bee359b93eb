using Remanso.Server.Commands.Plan.Simulation;

namespace Remanso.Server.Commands.Plan.Report;

/// <summary>What follows from the figures, a sentence or two for each thing that can be set; nothing that the replays don't show.</summary>
internal static class Advice
{
    // Of a hit ratio: what nobody would pay for.
    private const double Point = 0.01;

    // Of the writes: what a longer wait is worth.
    private const double WorthWaiting = 0.1;

    // Of the longest lag: what a second worker is worth.
    private const double WorthWorker = 0.75;

    public static IEnumerable<string> Of(PlanResult plan)
    {
        if (plan.Trace.Reads > 0)
        {
            yield return OfSize(plan);
            yield return OfTtl(plan);
        }

        if (plan.RowsWithout > 0)
        {
            yield return OfInterval(plan);
            yield return OfWorkers(plan);
        }

        if (plan.Base.Counts.Refused > 0)
        {
            yield return $"Room: {Figures.Number(plan.Base.Counts.Refused)} writes were refused, for what is dirty may take "
                + "half of the size. Make it larger, or the database faster.";
        }

        if (TimeSpan.FromMicroseconds(plan.Base.Counts.LongestLoadMicros) is var longest && longest > plan.Base.Options.Load.Timeout)
        {
            yield return $"Loads: the longest took {Figures.Span(longest)}; after Load:Timeout "
                + $"({Figures.Setting(plan.Base.Options.Load.Timeout)}) readers would get an error.";
        }
    }

    private static string OfSize(PlanResult plan)
    {
        var best = plan.Sizes.Max(static run => run.HitRatio);
        var enough = plan.Sizes.First(run => run.HitRatio >= best - Point);
        var (size, ratio) = (Figures.Bytes(enough.Options.Tier.MaxBytes), Figures.Part(enough.HitRatio));
        return enough.Options.Tier.MaxBytes < plan.Base.Options.Tier.MaxBytes
                ? $"Size: {size} is enough, with {ratio} hits; more memory brings less than a point."
            : enough == plan.Base ? $"Size: {size} is right, with {ratio} hits; less costs a point or more."
            : $"Size: take {size}, with {ratio} hits instead of {Figures.Part(plan.Base.HitRatio)}.";
    }

    private static string OfTtl(PlanResult plan)
    {
        var (basis, ttl) = (plan.Base, plan.Base.Options.Ttl.Base);
        if (plan.Trace.Duration < ttl)
        {
            return $"TTL: these calls end before a TTL of {Figures.Setting(ttl)} does, so they don't tell what it costs.";
        }

        var best = plan.Ttls.MaxBy(static run => run.HitRatio)!;
        if (best.HitRatio - basis.HitRatio >= Point)
        {
            return $"TTL: {Figures.Setting(best.Options.Ttl.Base)} gives {Figures.Part(best.HitRatio)} hits instead of "
                + $"{Figures.Part(basis.HitRatio)}, if what others write to the database may be seen that late.";
        }

        var least = plan.Ttls.First(run => run.HitRatio >= basis.HitRatio - Point);
        return least == basis
            ? $"TTL: keep {Figures.Setting(ttl)}; a longer one brings less than a point, a shorter one costs more."
            : $"TTL: {Figures.Setting(least.Options.Ttl.Base)} costs less than a point; take it where others write to the database, too.";
    }

    private static string OfInterval(PlanResult plan)
    {
        var (basis, interval) = (plan.Base, Figures.Setting(plan.Base.Options.Flush.Interval));
        var longer = plan.Intervals.FirstOrDefault(run =>
            run.Options.Flush.Interval > basis.Options.Flush.Interval
            && basis.Counts.Rows - run.Counts.Rows >= plan.RowsWithout * WorthWaiting
        );
        return longer is null
            ? $"Flush: keep {interval}; waiting longer spares less than one row in ten. At risk are {Risk(basis)}."
            : $"Flush: every {Figures.Setting(longer.Options.Flush.Interval)} writes {Figures.Number(longer.Counts.Rows)} "
                + $"rows instead of {Figures.Number(basis.Counts.Rows)}, if {Risk(longer)} may be at risk instead of {Risk(basis)}.";
    }

    private static string Risk(RunResult run) =>
        $"{Figures.Number(run.PeakUnsavedWrites)} writes of {Figures.Span(run.Counts.Lag.Longest)}";

    private static string OfWorkers(PlanResult plan)
    {
        var (one, two) = (plan.Base.Counts.Lag.Longest, plan.TwoWorkers.Counts.Lag.Longest);
        // What a worker needs that is never behind: it waits for its interval, and for the batch under way.
        var unhurried = (plan.Base.Options.Flush.Interval * 2) + (plan.Store.Batch * 2);
        return two <= one * WorthWorker ? $"Workers: two store within {Figures.Span(two)} what one stores within {Figures.Span(one)}."
            : one <= unhurried ? "Workers: one keeps up; a second one would be a spare."
            : $"Workers: one falls behind by {Figures.Span(one)}, and a second one brings little: the database is the limit.";
    }
}
