using BenchmarkDotNet.Running;
using Remanso.Benchmarks;
using Remanso.Benchmarks.Paired;

switch (args)
{
    case ["--paired", .. var rest]:
        return await PairedProgram.RunAsync(rest);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(ShortRuns).Assembly).Run(args, new ShortRuns());
        return 0;
}
