using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Entries;
using Remanso.Hosting;
using Remanso.Processes;
using Remanso.Simulation.Scenarios;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.Simulation.World;

/// <summary>One process of a deployment: the product's own cache, put together as its registry does it.</summary>
internal sealed class SimProcess
{
    private readonly RemansoMeter _meter = new();
    private readonly CacheLife _life;
    private readonly CacheRuntime _runtime;
    private readonly MemoryTierProvider? _tiers;

    public SimProcess(
        Scenario scenario,
        ProcessPlan plan,
        Host host,
        SimTime time,
        IBackingStore<string, ReadOnlyMemory<byte>> store,
        Func<TierOptions, ITierLink>? shared,
        ITierJournal? journal
    )
    {
        Host = host;
        var options = OptionsOf(scenario, plan);
        _life = new CacheLife(token => _runtime!.StartAsync(token), () => _runtime!.StopAsync(), time);
        ICacheTier tier;
        if (shared is not null)
        {
            Shared = shared(options.Tier);
            tier = Shared.Tier;
        }
        else
        {
            _tiers = new MemoryTierProvider(time, journal);
            tier = _tiers.Create("sim", options.Tier);
            Own = (MemoryTier)tier;
        }

        var identity = new ProcessIdentity(host.Name, "all", string.Empty, 0);
        _runtime = new CacheRuntime(
            "sim",
            options,
            tier,
            store,
            tagsOf: null,
            new ProcessParts(plan.Flushes, _life, identity, time, _meter),
            NullLogger.Instance
        );
        Cache = new Cache<string, string>(_runtime, KeyCodec.For<string>(), ValueCodec.For<string>(), tagsOf: null, loader: null);
    }

    public Host Host { get; }

    public ICache<string, string> Cache { get; }

    /// <summary>Its way to the shared tier, where there is one.</summary>
    public ITierLink? Shared { get; }

    /// <summary>The tier in its memory, where there is one.</summary>
    public MemoryTier? Own { get; }

    public Task StartAsync() => _life.StartAsync(CancellationToken.None);

    /// <summary>Ends it as a host does: it refuses writes, and flushes.</summary>
    public async Task StopAsync()
    {
        await _life.StopAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        _life.End();
        await _runtime.DisposeAsync().ConfigureAwait(false);
        if (_tiers is not null)
        {
            await _tiers.DisposeAsync().ConfigureAwait(false);
        }

        if (Shared is not null)
        {
            await Shared.CloseAsync().ConfigureAwait(false);
        }

        _meter.Dispose();
    }

    /// <summary>Ends it as a power cut does.</summary>
    public void Crash()
    {
        Host.Die();
        _meter.Dispose();
    }

    public static TierOptions TierOptionsOf(Scenario scenario) =>
        new()
        {
            Partitions = scenario.Partitions,
            MaxDirtyEntries = scenario.MaxDirty,
            FlushBatchSize = scenario.BatchSize,
            FillLease = TimeSpan.FromSeconds(2),
            MaxBytes = 1 << 20,
            DurabilityTimeout = TimeSpan.FromSeconds(1),
        };

    private static CacheOptions OptionsOf(Scenario scenario, ProcessPlan plan)
    {
        var options = new CacheOptions
        {
            Tier = TierOptionsOf(scenario),
            Near = new() { Enabled = plan.HasNear, MaxEntries = 100 },
            Ttl = new()
            {
                Base = scenario.Ttl,
                Absent = scenario.Ttl / 2,
                Grace = scenario.Grace,
            },
            Load = new()
            {
                Timeout = TimeSpan.FromSeconds(1),
                SoftTimeout = TimeSpan.FromMilliseconds(100),
                MaxConcurrent = 2,
            },
            Flush = new()
            {
                Interval = scenario.FlushInterval,
                BatchSize = scenario.BatchSize,
                BatchesInFlight = scenario.BatchesInFlight,
                Lease = scenario.Lease,
                MaxBackoff = TimeSpan.FromMilliseconds(500),
                StoredTimeout = TimeSpan.FromSeconds(2),
                StopTimeout = TimeSpan.FromSeconds(5),
            },
        };
        CacheOptionsValidator.Validate("sim", options);
        return options;
    }
}
