using System.Buffers;
using System.Diagnostics.Metrics;
using Remanso.Server.Metrics;

namespace Remanso.Server.Tests.Metrics;

public sealed class PrometheusExporterTests : IDisposable
{
    private readonly Meter _meter = new(Guid.NewGuid().ToString());
    private readonly PrometheusExporter _exporter;

    public PrometheusExporterTests() => _exporter = new PrometheusExporter(_meter.Name);

    [Fact]
    public void Counters_add_up_by_their_tags()
    {
        var counter = _meter.CreateCounter<long>("remanso.reads", "{read}", "Reads by outcome");
        counter.Add(2, new KeyValuePair<string, object?>("outcome", "hit"));
        counter.Add(3, new KeyValuePair<string, object?>("outcome", "hit"));
        counter.Add(1, new KeyValuePair<string, object?>("outcome", "miss"));

        Assert.Equal(
            """
            # HELP remanso_reads_total Reads by outcome
            # TYPE remanso_reads_total counter
            remanso_reads_total{outcome="hit"} 5
            remanso_reads_total{outcome="miss"} 1

            """,
            Collect()
        );
    }

    [Fact]
    public void A_meter_that_goes_while_it_is_asked_is_left_out()
    {
        _meter.CreateObservableGauge("remanso.near.entries", () =>
        {
            _meter.Dispose();
            return 1;
        });
        _meter.CreateObservableGauge("remanso.near.bytes", static () => 1);

        Collect();

        Assert.DoesNotContain("bytes 1", Collect(), StringComparison.Ordinal);
    }

    [Fact]
    public void Histograms_have_cumulative_buckets_sum_and_count()
    {
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] };
        var histogram = _meter.CreateHistogram("remanso.load.duration", "s", null, null, advice);
        histogram.Record(0.1);
        histogram.Record(0.5);
        histogram.Record(0.25);
        histogram.Record(7);

        Assert.Equal(
            """
            # TYPE remanso_load_duration_seconds histogram
            remanso_load_duration_seconds_bucket{le="0.1"} 1
            remanso_load_duration_seconds_bucket{le="1"} 3
            remanso_load_duration_seconds_bucket{le="+Inf"} 4
            remanso_load_duration_seconds_sum 7.85
            remanso_load_duration_seconds_count 4

            """,
            Collect()
        );
    }

    [Fact]
    public void Changes_go_up_and_down_and_gauges_keep_the_last_value()
    {
        var changes = _meter.CreateUpDownCounter<int>("a.open");
        changes.Add(5);
        changes.Add(-7);
        var gauge = _meter.CreateGauge<double>("b.size", "By");
        gauge.Record(1);
        gauge.Record(0.5);

        Assert.Equal("# TYPE a_open gauge\na_open -2\n# TYPE b_size_bytes gauge\nb_size_bytes 0.5\n", Collect());
    }

    [Fact]
    public void What_is_observed_is_as_of_now_and_vanishes_when_it_is_no_longer_reported()
    {
        List<Measurement<long>> measurements =
        [
            new(3, new KeyValuePair<string, object?>("cache", "a")),
            new(4, new KeyValuePair<string, object?>("cache", "b")),
        ];
        _meter.CreateObservableGauge("dirty", () => measurements);
        Assert.Equal("# TYPE dirty gauge\ndirty{cache=\"a\"} 3\ndirty{cache=\"b\"} 4\n", Collect());

        measurements = [new(9, new KeyValuePair<string, object?>("cache", "b"))];
        Assert.Equal("# TYPE dirty gauge\ndirty{cache=\"b\"} 9\n", Collect());
    }

    [Fact]
    public void Labels_and_help_are_escaped()
    {
        var counter = _meter.CreateCounter<long>("x", description: "a\\b\nc\"d");
        counter.Add(1, new KeyValuePair<string, object?>("my.label", "q\"\\\n"), new KeyValuePair<string, object?>("none", null));

        Assert.Equal("# HELP x_total a\\\\b\\nc\"d\n# TYPE x_total counter\nx_total{my_label=\"q\\\"\\\\\\n\",none=\"\"} 1\n", Collect());
    }

    [Fact]
    public async Task Concurrent_measurements_are_all_counted()
    {
        var counter = _meter.CreateCounter<long>("n");
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(worker =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 10_000; i++)
                        {
                            counter.Add(1, new KeyValuePair<string, object?>("worker", worker % 2));
                        }
                    })
                )
        );

        Assert.Contains("n_total{worker=\"0\"} 20000\n", Collect(), StringComparison.Ordinal);
        Assert.Contains("n_total{worker=\"1\"} 20000\n", Collect(), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_meters_are_not_ours()
    {
        using var other = new Meter("other");
        other.CreateCounter<long>("foreign").Add(1);

        Assert.Equal("", Collect());
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    private string Collect()
    {
        var text = new ArrayBufferWriter<byte>();
        _exporter.WriteTo(text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
