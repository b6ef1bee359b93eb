using Remanso.Load.Http;

namespace Remanso.Load.Reporting;

/// <summary>What one connection saw, or all of them. Not thread safe.</summary>
internal sealed class Tally
{
    private readonly long[] _statuses = new long[1000];

    /// <summary>From the moment at which the request was due (or sent, flat out) to the answer's last byte.</summary>
    public Histogram Latency { get; } = new();

    /// <summary>Answers that came before the measured time was over: the throughput's numerator.</summary>
    public long InTime { get; private set; }

    /// <summary>Writes answered with success.</summary>
    public long Written { get; private set; }

    /// <summary>Requests that broke without an answer.</summary>
    public long Broken { get; private set; }

    /// <summary>Why the last one broke.</summary>
    public string? LastError { get; private set; }

    /// <summary>The body's length of the last answer.</summary>
    public int BodyLength { get; private set; }

    /// <summary>The last answer's length on the wire.</summary>
    public int TotalLength { get; private set; }

    public IEnumerable<KeyValuePair<int, long>> Statuses =>
        _statuses.Select(static (count, status) => KeyValuePair.Create(status, count)).Where(static pair => pair.Value > 0);

    /// <summary>Answers without success, and requests without an answer.</summary>
    public long Errors => Broken + Statuses.Where(static pair => pair.Key is < 200 or >= 300).Sum(static pair => pair.Value);

    public void Answered(in Response response, bool isWrite, long latency, bool inTime)
    {
        _statuses[response.Status]++;
        Latency.Record(latency);
        InTime += inTime ? 1 : 0;
        Written += isWrite && response.IsSuccess ? 1 : 0;
        BodyLength = response.BodyLength;
        TotalLength = response.TotalLength;
    }

    public void Broke(Exception exception)
    {
        Broken++;
        LastError = exception.Message;
    }

    public void Add(Tally other)
    {
        foreach (var (status, count) in other.Statuses)
        {
            _statuses[status] += count;
        }

        Latency.Add(other.Latency);
        InTime += other.InTime;
        Written += other.Written;
        Broken += other.Broken;
        LastError ??= other.LastError;
        BodyLength = Math.Max(BodyLength, other.BodyLength);
        TotalLength = Math.Max(TotalLength, other.TotalLength);
    }
}
