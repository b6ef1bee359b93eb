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
        BenchmarkSwitcher.FromAssembly(typeof(ShortRuns).Assembly).Run(args, new ShortRuns());
        return 0;
}
