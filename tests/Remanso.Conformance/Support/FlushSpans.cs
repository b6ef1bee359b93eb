using System.Collections.Concurrent;
using System.Diagnostics;

namespace Remanso.Conformance.Support;

/// <summary>Hears of every flush in this process, and finds those that are linked to a trace.</summary>
public sealed class FlushSpans : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<Activity> _flushes = new();

    public FlushSpans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Remanso",
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.OperationName == "remanso.flush")
                {
                    _flushes.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Begins a trace that is recorded, unless it is said otherwise; it is the current one until it is disposed.</summary>
    public static Activity Begin(bool isRecorded = true)
    {
        var activity = new Activity("test");
        activity.ActivityTraceFlags = isRecorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None;
        return activity.Start();
    }

    /// <summary>The flushes linked to a trace, with the link.</summary>
    public IReadOnlyList<(Activity Flush, ActivityContext Link)> LinkedTo(Activity trace) =>
        [
            .. from flush in _flushes
            from link in flush.Links
            where link.Context.TraceId == trace.TraceId && link.Context.SpanId == trace.SpanId
            select (flush, link.Context),
        ];

    public void Dispose() => _listener.Dispose();
}
