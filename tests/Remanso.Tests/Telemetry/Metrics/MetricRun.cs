using System.Diagnostics.Metrics;
using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>One case under way: its cache, and what the metrics were before and after.</summary>
internal sealed class MetricRun : IAsyncDisposable
{
    private readonly MetricRecorder _recorder = new();
    private readonly List<Action> _ends = [];
    private readonly List<IAsyncDisposable> _owned = [];
    private IReadOnlyDictionary<MetricSeries, MetricValue>? _before;
    private CacheHarness? _harness;

    public IReadOnlyDictionary<string, Instrument> Instruments => _recorder.Instruments;

    public ICache<string, string> Cache => _harness!.Cache;

    public ScriptedStore Store => _harness!.Store;

    /// <summary>The tier of the cache, as the test's own: what it does here no cache counts.</summary>
    public ICacheTier Tier { get; private set; } = null!;

    public async Task<CacheHarness> StartAsync(
        Action<CacheOptions>? configure = null,
        Func<ICacheTier, ICacheTier>? decorate = null,
        ScriptedStore? store = null,
        Action<CacheConfiguration<string, string>>? declare = null,
        ITierJournal? journal = null,
        IReadOnlyList<KnownCache>? known = null
    )
    {
        _harness = await CacheHarness.StartAsync(
            options =>
            {
                (options.Ttl.Jitter, options.Load.EarlyRefreshBeta, options.Flush.Interval) = (0, 0, TimeSpan.FromHours(1));
                configure?.Invoke(options);
            },
            store,
            journal is not null ? null : tier => Tier = decorate?.Invoke(tier) ?? tier,
            declare: declare,
            journal: journal,
            known: known
        );
        return _harness;
    }

    /// <summary>Disposes of something after the case.</summary>
    public TOwned Own<TOwned>(TOwned owned)
        where TOwned : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    /// <summary>From here on movement counts.</summary>
    public void Mark() => _before = _recorder.Collect();

    /// <summary>Runs before the cache is stopped: opens what the case holds up.</summary>
    public void AtEnd(Action end) => _ends.Add(end);

    /// <summary>What a metric is now, over all its series.</summary>
    public double Sum(string metric) => _recorder.Collect().Where(one => one.Key.Metric == metric).Sum(static one => one.Value.Sum);

    /// <summary>Holds that one series moved as it should, and no other of its metric.</summary>
    public void AssertMoved(MetricCase expected)
    {
        Assert.NotNull(_before);
        var after = _recorder.Collect();
        var instrument = _recorder.Instruments[expected.Metric];
        var isGauge = instrument.GetType().GetGenericTypeDefinition() == typeof(ObservableGauge<>);
        var cache = expected.Metric.StartsWith("remanso.journal.", StringComparison.Ordinal) ? null : expected.Cache;
        var series = new MetricSeries(expected.Metric, expected.Tags, cache);

        Assert.True(expected.Times == 0 || after.ContainsKey(series), $"{series} has not come into being.");
        Assert.All(after.Keys.Where(one => one.Metric == expected.Metric), one => Assert.Equal(cache, one.Cache));
        foreach (var (other, now) in after.Where(one => one.Key.Metric == expected.Metric))
        {
            var was = _before.GetValueOrDefault(other) ?? new MetricValue(0, 0);
            if (isGauge)
            {
                Assert.Equal(expected.By, now.Sum, expected.Tolerance);
                Assert.NotEqual(was.Sum, now.Sum);
                continue;
            }

            var (by, times) =
                other == series ? (expected.By, instrument.IsObservable ? 0 : expected.Times)
                : other.Tags == expected.Also.Tags ? (expected.Also.By, 0)
                : (0, 0);
            Assert.Equal((other, times), (other, now.Times - was.Times));
            Assert.Equal(by, now.Sum - was.Sum, expected.Tolerance);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _ends.ForEach(static end => end());
        foreach (var owned in _owned)
        {
            await owned.DisposeAsync();
        }

        if (_harness is not null)
        {
            await _harness.DisposeAsync();
        }

        _recorder.Dispose();
    }
}
