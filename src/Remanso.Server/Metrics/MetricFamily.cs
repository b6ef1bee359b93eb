using System.Buffers;
using System.Diagnostics.Metrics;

namespace Remanso.Server.Metrics;

// A measurement finds its series without a lock and without an allocation: series are few and never go away, so they
// stand in an array that is replaced when one is added. A limit keeps a label that never repeats from eating the
// memory.

/// <summary>All series of one name.</summary>
internal sealed class MetricFamily
{
    private const int MaxSeries = 2000;

    private static readonly double[] _secondsBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly double[] _countBounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

    private readonly string _name;
    private readonly string? _help;
    private readonly double[] _bounds = [];
    private readonly Lock _lock = new();
    private volatile Series[] _series = [];

    public MetricFamily(string name, MetricKind kind, Instrument instrument)
    {
        _name = name;
        Kind = kind;
        _help = instrument.Description;
        if (kind == MetricKind.Histogram)
        {
            _bounds = AdvisedBounds(instrument) ?? (instrument.Unit == "s" ? _secondsBounds : _countBounds);
        }
    }

    public MetricKind Kind { get; }

    /// <summary>The kind of an instrument, or null where it is of no kind that Prometheus knows.</summary>
    public static MetricKind? KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        if (!type.IsGenericType)
        {
            return null;
        }

        var definition = type.GetGenericTypeDefinition();
        return definition == typeof(Counter<>) ? MetricKind.Counter
            : definition == typeof(ObservableCounter<>) ? MetricKind.ObservedCounter
            : definition == typeof(UpDownCounter<>) ? MetricKind.UpDownCounter
            : definition == typeof(ObservableUpDownCounter<>) ? MetricKind.ObservedGauge
            : definition == typeof(Gauge<>) ? MetricKind.Gauge
            : definition == typeof(ObservableGauge<>) ? MetricKind.ObservedGauge
            : definition == typeof(Histogram<>) ? MetricKind.Histogram
            : null;
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Find(tags) is not { } series)
        {
            return;
        }

        switch (Kind)
        {
            case MetricKind.Counter or MetricKind.UpDownCounter:
                series.Add(value);
                break;
            case MetricKind.Histogram:
                series.Observe(value);
                break;
            default:
                series.Set(value);
                break;
        }
    }

    /// <summary>Forgets what the last collection observed, so that a series that is no longer reported does not stay.</summary>
    public void BeginCollection()
    {
        if (Kind is MetricKind.ObservedCounter or MetricKind.ObservedGauge)
        {
            foreach (var series in _series)
            {
                series.Clear();
            }
        }
    }

    public void WriteTo(IBufferWriter<byte> output)
    {
        var text = new PrometheusText(output);
        var type = Kind switch
        {
            MetricKind.Counter or MetricKind.ObservedCounter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        };
        text.Header(_name, type, _help);
        foreach (var series in _series)
        {
            if (series.IsReported)
            {
                series.WriteTo(text, _name);
            }
        }
    }

    private Series? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var series in _series)
        {
            if (series.Matches(tags))
            {
                return series;
            }
        }

        lock (_lock)
        {
            foreach (var series in _series)
            {
                if (series.Matches(tags))
                {
                    return series;
                }
            }

            if (_series.Length == MaxSeries)
            {
                return null;
            }

            var added = new Series(tags.ToArray(), _bounds);
            _series = [.. _series, added];
            return added;
        }
    }

    private static double[]? AdvisedBounds(Instrument instrument) =>
        instrument switch
        {
            Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries?.ToArray(),
            Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(static bound => (double)bound).ToArray(),
            Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(static bound => (double)bound).ToArray(),
            _ => null,
        };
}
