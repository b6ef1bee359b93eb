using System.Diagnostics.Metrics;

namespace Remanso.Telemetry;

/// <summary>The instruments of a journal, which all caches of a process share.</summary>
internal sealed class JournalMeter : IDisposable
{
    private readonly Meter _meter = new(RemansoMeter.Name);
    private readonly Histogram<double> _commitDuration;
    private long _commits;
    private long _records;
    private long _errors;
    private long _recovered;
    private long _damages;

    /// <param name="pending">How many records wait to be written.</param>
    public JournalMeter(Func<long> pending)
    {
        _commitDuration = _meter.CreateHistogram<double>(
            "remanso.journal.commit.duration",
            "s",
            "Time of one commit of the journal, its fsync included"
        );
        _meter.CreateObservableCounter("remanso.journal.commits", () => Volatile.Read(ref _commits), "{commit}", "Commits of the journal");
        _meter.CreateObservableCounter("remanso.journal.records", () => Volatile.Read(ref _records), "{record}", "Records committed");
        _meter.CreateObservableCounter(
            "remanso.journal.errors",
            () => Volatile.Read(ref _errors),
            "{commit}",
            "Commits that failed and are tried again"
        );
        _meter.CreateObservableGauge("remanso.journal.pending", pending, "{record}", "Records that wait for their commit");
        _meter.CreateObservableGauge(
            "remanso.journal.recovered",
            () => Volatile.Read(ref _recovered),
            "{entry}",
            "Entries recovered at the start"
        );
        _meter.CreateObservableGauge(
            "remanso.journal.damages",
            () => Volatile.Read(ref _damages),
            "{damage}",
            "Damages found at the start"
        );
    }

    public void Opened(long recovered, long damages)
    {
        Volatile.Write(ref _recovered, recovered);
        Volatile.Write(ref _damages, damages);
    }

    public void Committed(int records, TimeSpan duration)
    {
        _commitDuration.Note(duration.TotalSeconds);
        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _records, records);
    }

    public void Failed() => Interlocked.Increment(ref _errors);

    public void Dispose() => _meter.Dispose();
}
