using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Remanso.HitRatio;

/// <summary>The figures as a page of Markdown.</summary>
internal sealed class Report
{
    private static readonly int[] _sizesInPercent = [1, 5, 10, 25];

    private readonly StringBuilder _page = new();

    internal void Introduce() =>
        Line(
            $"""
            # Eviction: hit ratios and costs

            How often a read finds its key in memory, for the policy in use (S3-FIFO), for LRU, and for the clairvoyant
            optimum (Belady), which no policy can exceed. All entries weigh the same. 2,000,000 reads per trace, drawn with
            fixed seeds; the first reads of an empty cache count as misses. The size is in per cent of the distinct keys.

            Measured on {Environment.ProcessorCount} cores ({RuntimeInformation.ProcessArchitecture}),
            {RuntimeInformation.FrameworkDescription}. The ratios are the same on any machine; the costs aren't.

            Once more: `dotnet run -c Release --project bench/Remanso.HitRatio -- --out bench/results/hit-ratio.md`

            | trace | distinct keys | size | S3-FIFO | LRU | optimum |
            |---|---:|---:|---:|---:|---:|
            """
        );

    internal void Compare(Trace trace)
    {
        foreach (var percent in _sizesInPercent)
        {
            var capacity = trace.DistinctKeys * percent / 100;
            var fifo = Simulation.HitRatio(trace, capacity, new S3FifoReplacement(capacity));
            var lru = Simulation.HitRatio(trace, capacity, new LruReplacement());
            var optimum = BeladyOptimum.HitRatio(trace, capacity);
            Line($"| {trace.Name} | {trace.DistinctKeys:N0} | {percent} % | {fifo:P1} | {lru:P1} | {optimum:P1} |");
        }
    }

    internal void Cost(string what, double nanoseconds) => Line($"| {what} | {nanoseconds:0.0} |");

    internal void BeginCosts() =>
        Line(
            $"""

            Where it does worse: on the feed LRU wins from 5 % on. More than half of that gap is the second read that a
            newcomer needs to get into main (if one were enough, S3-FIFO would reach 74.3 % at 10 %). On a loop longer than
            the cache neither ever hits.

            Costs: the best of eleven rounds, since other work on the machine can only add; 100,000 entries held out of
            400,000, so most calls miss the processor's caches. The interlocked counter is what a hot node would cost its
            readers if each read were written down.

            | call | ns |
            |---|---:|
            """
        );

    private void Line(FormattableString line) => _page.AppendLine(line.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => _page.ToString();
}
