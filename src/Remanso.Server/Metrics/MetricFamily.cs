using System.Buffers;
using System.Diagnostics.Metrics;

namespace Remanso.Server.Metrics;

// A measurement finds its series without a lock, without an allocation and however many there are. Series never go away,
// so a table of them is only ever added to, and replaced by a larger one; whoever does not find his looks again under the
// lock. A limit keeps a label that never repeats from eating the memory.

/// <summary>All series of one name.</summary>
internal sealed class MetricFamily
{
    // Of the most labels that an instrument has six for each cache, so this is more than three thousand caches.
    private const int MaxSeries = 20_000;

    private static readonly double[] _secondsBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly double[] _countBounds = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

    private readonly string _name;
    private readonly string? _help;
    private readonly double[] _bounds = [];
    private readonly Lock _lock = new();
    private readonly List<Series> _series = [];
    private volatile Series?[] _table = new Series?[16];

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
            foreach (var series in All())
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
        foreach (var series in All())
        {
            if (series.IsReported)
            {
                series.WriteTo(text, _name);
            }
        }
    }

    private Series[] All()
    {
        lock (_lock)
        {
            return [.. _series];
        }
    }

    private Series? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = Series.HashOf(tags);
        if (Find(_table, hash, tags) is { } found)
        {
            return found;
        }

        lock (_lock)
        {
            if (Find(_table, hash, tags) is { } meanwhile)
            {
                return meanwhile;
            }

            if (_series.Count == MaxSeries)
            {
                return null;
            }

            var added = new Series(tags.ToArray(), _bounds);
            _series.Add(added);
            if (_series.Count * 2 > _table.Length)
            {
                var larger = new Series?[_table.Length * 2];
                _series.ForEach(series => Put(larger, series));
                _table = larger;
            }
            else
            {
                Put(_table, added);
            }

            return added;
        }
    }

    private static Series? Find(Series?[] table, int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        for (var at = hash & (table.Length - 1); Volatile.Read(ref table[at]) is { } series; at = (at + 1) & (table.Length - 1))
        {
            if (series.Hash == hash && series.Matches(tags))
            {
                return series;
            }
        }

        return null;
    }

    private static void Put(Series?[] table, Series series)
    {
        var at = series.Hash & (table.Length - 1);
        while (table[at] is not null)
        {
            at = (at + 1) & (table.Length - 1);
        }

        Volatile.Write(ref table[at], series);
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
