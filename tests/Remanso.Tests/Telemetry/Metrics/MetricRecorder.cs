using System.Diagnostics.Metrics;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>
/// Hears the instruments that come into being in the test that made it, and in what the test starts: other tests beside it have theirs.
/// </summary>
internal sealed class MetricRecorder : IDisposable
{
    private const string CacheTag = "cache";

    private static readonly AsyncLocal<MetricRecorder?> _current = new();

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Instrument> _instruments = new(StringComparer.Ordinal);
    private readonly Dictionary<MetricSeries, MetricValue> _values = [];
    private readonly MeterListener _listener;

    public MetricRecorder()
    {
        _listener = new MeterListener { InstrumentPublished = Publish };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        // What there is already is published by this call, and is not the test's.
        _listener.Start();
        _current.Value = this;
    }

    /// <summary>All instruments by their names.</summary>
    public IReadOnlyDictionary<string, Instrument> Instruments
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, Instrument>(_instruments, StringComparer.Ordinal);
            }
        }
    }

    /// <summary>What all series are now: the value of a counter or gauge, the sum and count of a histogram.</summary>
    public IReadOnlyDictionary<MetricSeries, MetricValue> Collect()
    {
        _listener.RecordObservableInstruments();
        lock (_lock)
        {
            return new Dictionary<MetricSeries, MetricValue>(_values);
        }
    }

    public void Dispose()
    {
        _current.Value = null;
        _listener.Dispose();
    }

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name != "Remanso" || _current.Value != this)
        {
            return;
        }

        lock (_lock)
        {
            _instruments[instrument.Name] = instrument;
        }

        listener.EnableMeasurementEvents(instrument);
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string? cache = null;
        var others = new List<string>();
        foreach (var (name, tag) in tags)
        {
            if (name == CacheTag)
            {
                cache = (string?)tag;
            }
            else
            {
                others.Add($"{name}={tag}");
            }
        }

        var series = new MetricSeries(instrument.Name, string.Join(' ', others), cache);
        lock (_lock)
        {
            _values[series] =
                instrument.IsObservable ? new MetricValue(value, 0)
                : _values.TryGetValue(series, out var before) ? new MetricValue(before.Sum + value, before.Times + 1)
                : new MetricValue(value, 1);
        }
    }
}
