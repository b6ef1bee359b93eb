using Remanso.Scale.Costs;
using Remanso.Scale.Report;

if (args is not ["--costs", var costs, "--results", var results, "--images", var images])
{
    await Console.Error.WriteLineAsync(
        """
        usage: Remanso.Scale --costs FILE --results FOLDER --images FOLDER

        FILE: what bench/run-scale.sh measured. Writes FOLDER/scale.md, beside the pages that it compares itself to, and plots.
        """
    );
    return 2;
}

var report = new ScaleReport(CostFile.Read(costs), results, images);
await report.WriteAsync();
return 0;
