using BenchmarkDotNet.Running;
using Remanso.Benchmarks;
using Remanso.Benchmarks.Paired;
using Remanso.Benchmarks.Scale;

switch (args)
{
    case ["--paired", .. var rest]:
        return await PairedProgram.RunAsync(rest);
    case ["--scale", .. var rest]:
        return await ScaleProgram.RunAsync(rest);
    default:
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(ShortRuns).Assembly).Run(args, new ShortRuns());
        // A run that failed is a row of "NA" there, and no more.
        return summaries.All(static summary => summary.Reports.All(static report => report.Success)) ? 0 : 1;
}
