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

            How often a read finds its key in memory, for the policy in use (S3-FIFO), for LRU, for W-TinyLFU (the
            `ConcurrentLfu` of BitFaster.Caching 2.6.1), and for the clairvoyant optimum (Belady), which no policy can
            exceed. All entries weigh the same. 2,000,000 reads per trace, drawn with
            fixed seeds; the first reads of an empty cache count as misses. The size is in per cent of the distinct keys.

            Measured on {Environment.ProcessorCount} cores ({RuntimeInformation.ProcessArchitecture}),
            {RuntimeInformation.FrameworkDescription}. The ratios are the same on any machine; the costs aren't.

            Once more: `dotnet run -c Release --project bench/Remanso.HitRatio -- --out bench/results/hit-ratio.md`

            | trace | distinct keys | size | S3-FIFO | LRU | W-TinyLFU | optimum |
            |---|---:|---:|---:|---:|---:|---:|
            """
        );

    internal void Compare(Trace trace)
    {
        foreach (var percent in _sizesInPercent)
        {
            var capacity = trace.DistinctKeys * percent / 100;
            var fifo = Simulation.HitRatio(trace, capacity, new S3FifoReplacement(capacity));
            var lru = Simulation.HitRatio(trace, capacity, new LruReplacement());
            var tiny = TinyLfu.HitRatio(trace, capacity);
            var optimum = BeladyOptimum.HitRatio(trace, capacity);
            Line($"| {trace.Name} | {trace.DistinctKeys:N0} | {percent} % | {fifo:P1} | {lru:P1} | {tiny:P1} | {optimum:P1} |");
        }
    }

    internal void Cost(string what, double nanoseconds) => Line($"| {what} | {nanoseconds:0.0} |");

    internal void BeginCosts() =>
        Line(
            $"""

            Where it does worse: on the feed LRU wins from 5 % on. More than half of that gap is the second read that a
            newcomer needs to get into main (if one were enough, S3-FIFO would reach 74.3 % at 10 %). W-TinyLFU has less of
            the feed, and more of a loop longer than the cache, on which neither of the others ever hits, and of scans
            where a quarter of the keys have room.

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
