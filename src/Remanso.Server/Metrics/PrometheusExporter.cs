using System.Buffers;
using System.Diagnostics.Metrics;

namespace Remanso.Server.Metrics;

// Names follow the OpenTelemetry rules: dots become underscores, the unit is a suffix, and so is _total for what only
// grows.

/// <summary>
/// The instruments of some meters in the Prometheus text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly string[] _meters;

    /// <param name="meters">The names of the meters.</param>
    public PrometheusExporter(params string[] meters)
    {
        _meters = meters;
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Record(state, (double)value, tags));
        _listener.Start();
    }

    /// <summary>Writes every family, sorted by name.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        lock (_lock)
        {
            foreach (var family in _families.Values)
            {
                family.BeginCollection();
            }

            _listener.RecordObservableInstruments();
            foreach (var family in _families.Values)
            {
                family.WriteTo(output);
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        // Nothing is left of an instrument whose meter goes while it is asked: at a stop.
        (state as MetricFamily)?.Record(value, tags);

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (!_meters.Contains(instrument.Meter.Name) || MetricFamily.KindOf(instrument) is not { } kind)
        {
            return;
        }

        lock (_lock)
        {
            var name = MetricName.Of(instrument.Name, instrument.Unit, kind);
            if (!_families.TryGetValue(name, out var family))
            {
                _families[name] = family = new MetricFamily(name, kind, instrument);
            }

            // Two instruments of one name and kind (a cache's own each, say) are one family; of two kinds, the first one stands.
            if (family.Kind == kind)
            {
                listener.EnableMeasurementEvents(instrument, family);
            }
        }
    }
}
