using Remanso.HitRatio;

if (args is not ([] or ["--out", _]))
{
    await Console.Error.WriteLineAsync("usage: Remanso.HitRatio [--out FILE]");
    return 2;
}

var report = new Report();
report.Introduce();
report.Compare(Trace.Zipf(0.9, seed: 1));
report.Compare(Trace.Zipf(1.0, seed: 2));
report.Compare(Trace.ZipfWithScans(1.0, seed: 3));
report.Compare(Trace.Feed(seed: 4));
report.Compare(Trace.Loop());
report.Compare(Trace.Bursts(seed: 6));
report.Compare(Trace.Shift(1.0, seed: 5));

report.BeginCosts();
report.Cost("`Add` + `TryEvict`, cache full, newcomers unread", CostMeter.AddAndEvict(_ => 0));
report.Cost("`Add` + `TryEvict`, cache full, a third of the newcomers read twice", CostMeter.AddAndEvict(i => i % 3 == 0 ? 2 : 0));
report.Cost("`Touch` of a hot node, one thread", CostMeter.TouchHot(threads: 1));
report.Cost("`Touch` of the same hot node, two threads at once", CostMeter.TouchHot(threads: 2));
report.Cost("an interlocked counter instead, two threads at once", CostMeter.InterlockedCount(threads: 2));

var page = report.ToString();
Console.Write(page);
if (args is [_, var path])
{
    await File.WriteAllTextAsync(path, page);
}

return 0;
