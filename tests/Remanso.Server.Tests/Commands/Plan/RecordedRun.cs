using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Telemetry;

namespace Remanso.Server.Tests.Commands.Plan;

/// <summary>A run of a real cache on a clock of the test: what it was asked is its log, what it did are its
/// statistics. Between two moments of the clock, everything that these set off is waited for.</summary>
internal sealed class RecordedRun : IAsyncDisposable
{
    private const int BatchSize = 1000;

    private readonly FlushClock _clock;
    private readonly SlowStore _store;
    private readonly ServiceProvider _provider;
    private readonly ICache<string, Bytes> _cache;
    private readonly byte[] _content = new byte[1 << 16];
    private readonly List<(string Key, Task Read)> _reading = [];
    private readonly Dictionary<string, int> _values = [];
    private readonly StringBuilder _log = new("time,key,op,bytes,cost\n");
    private readonly Func<string, long> _cost;
    private long _heard;
    private long _dirty;

    private RecordedRun(Action<CacheOptions> configure, Func<string, long> cost, Func<int, long> batch)
    {
        var options = new CacheOptions();
        configure(options);
        _cost = cost;
        _clock = new FlushClock(options.Flush.Interval);
        _store = new SlowStore(_clock, keys => keys.Max(cost), batch);
        _store.Connect();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_clock);
        services
            .AddRemanso()
            .UseMemoryTier()
            .UseStore(_ => _store.Rows)
            .AddCache<string, Bytes>("recorded", it =>
            {
                configure(it.Options);
                // The test's time flies: a beat of the leases may come late by it.
                it.Options.Flush.Lease = TimeSpan.FromMinutes(10);
            });
        _provider = services.BuildServiceProvider();
        _cache = _provider.GetRequiredService<ICache<string, Bytes>>();
    }

    /// <summary>The calls, as a log.</summary>
    public string Log => _log.ToString();

    public long PeakDirtyBytes { get; private set; }

    public static async Task<RecordedRun> StartAsync(
        Action<CacheOptions> configure,
        Func<string, long>? cost = null,
        Func<int, long>? batch = null
    )
    {
        var run = new RecordedRun(configure, cost ?? (static _ => 0), batch ?? (static _ => 0));
        await Hosted.StartAsync(run._provider);
        await run.HearFlusherAsync();
        return run;
    }

    /// <summary>Puts a row into the database before the run.</summary>
    public void Put(string key, int bytes)
    {
        _values[key] = bytes;
        _store.Rows.Rows[key] = new()
        {
            Key = key,
            Value = _content.AsMemory(0, bytes),
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };
    }

    public async Task ReadAsync(long micros, string key)
    {
        await PassAsync(micros);
        int? bytes = _values.TryGetValue(key, out var length) ? length : null;
        Note(micros, key, bytes is null ? "absent" : "read", bytes, _cost(key) / 1000.0);
        var read = _cache.GetAsync(key, TestContext.Current.CancellationToken).AsTask();
        if (!read.IsCompleted && _cost(key) > 0)
        {
            await UntilAsync(() => read.IsCompleted || _store.LoadsOrIsBusy(key), "the load began");
        }

        if (_cost(key) == 0)
        {
            await read;
        }
        else if (!read.IsCompleted)
        {
            _reading.Add((key, read));
        }
    }

    public async Task WriteAsync(long micros, string key, int bytes)
    {
        await PassAsync(micros);
        Note(micros, key, "write", bytes, cost: null);
        _values[key] = bytes;
        var wasAtRest = _clock.IsFlusherAtRest;
        await _cache.SetAsync(key, _content.AsMemory(0, bytes), cancellationToken: TestContext.Current.CancellationToken);
        await LookAtDirtyAsync(wasAtRest);
    }

    public async Task DeleteAsync(long micros, string key)
    {
        await PassAsync(micros);
        Note(micros, key, "delete", bytes: null, cost: null);
        _values.Remove(key);
        var wasAtRest = _clock.IsFlusherAtRest;
        await _cache.RemoveAsync(key, cancellationToken: TestContext.Current.CancellationToken);
        await LookAtDirtyAsync(wasAtRest);
    }

    /// <summary>Ends the run: what is under way comes back, what is dirty is stored.</summary>
    public async Task<CacheStatistics> EndAsync()
    {
        CacheStatistics statistics;
        do
        {
            await PassAsync(Math.Max(_clock.DueAt, _clock.Micros + 1));
            statistics = await _cache.Operations.GetStatisticsAsync(TestContext.Current.CancellationToken);
        } while (statistics.Dirty.Entries > 0 || _reading.Count > 0 || _store.First is not null);
        return statistics;
    }

    public async ValueTask DisposeAsync()
    {
        await Hosted.StopAsync(_provider);
        await _provider.DisposeAsync();
    }

    /// <summary>Lets time pass, from one thing that is due to the next.</summary>
    private async Task PassAsync(long micros)
    {
        while (true)
        {
            var first = _store.First;
            var isIdle = _store.Saves == 0;
            var flush = isIdle ? _clock.DueAt : long.MaxValue;
            if (Math.Min(first?.DueAt ?? long.MaxValue, flush) > micros)
            {
                break;
            }

            if (first is not null && first.DueAt <= flush)
            {
                _clock.AdvanceTo(first.DueAt);
                _store.Complete(first);
                await ComeBackAsync(first);
            }
            else
            {
                _clock.AdvanceTo(flush);
                await HearFlusherAsync();
            }
        }

        _clock.AdvanceTo(micros);
    }

    private async Task ComeBackAsync(SlowStore.Pending done)
    {
        if (done.Keys is null)
        {
            await HearFlusherAsync();
            return;
        }

        foreach (var (key, read) in _reading.ToArray())
        {
            if (done.Keys.Contains(key))
            {
                await read;
            }
        }

        _reading.RemoveAll(static reading => reading.Read.IsCompleted);
        foreach (var (key, read) in _reading)
        {
            await UntilAsync(() => read.IsCompleted || _store.LoadsOrIsBusy(key), "the next query began");
        }
    }

    /// <summary>Waits until the flusher waits again, or for the database.</summary>
    private async Task HearFlusherAsync()
    {
        await UntilAsync(() => _clock.Armed > _heard || _store.Saves > 0, "the flusher waits again");
        _heard = _clock.Armed;
    }

    private async Task LookAtDirtyAsync(bool wasAtRest)
    {
        var dirty = (await _cache.Operations.GetStatisticsAsync(TestContext.Current.CancellationToken)).Dirty;
        PeakDirtyBytes = Math.Max(PeakDirtyBytes, dirty.Bytes);
        var isFull = _dirty == BatchSize - 1 && dirty.Entries >= BatchSize && _store.Saves == 0;
        _dirty = dirty.Entries;
        // The first dirty entry wakes a flusher that rests.
        if (isFull || (wasAtRest && _dirty > 0))
        {
            await HearFlusherAsync();
            _dirty = (await _cache.Operations.GetStatisticsAsync(TestContext.Current.CancellationToken)).Dirty.Entries;
        }
    }

    private void Note(long micros, string key, string op, int? bytes, double? cost) =>
        _log.Append(CultureInfo.InvariantCulture, $"{micros / 1e6:0.000000},{key},{op},{bytes},{cost}\n");

    private static async Task UntilAsync(Func<bool> isTrue, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!isTrue())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), "Waited in vain until " + what);
            await Task.Yield();
        }
    }
}
