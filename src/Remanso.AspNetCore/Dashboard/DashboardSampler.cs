using Remanso.AspNetCore.Http;
using Remanso.Common;

namespace Remanso.AspNetCore.Dashboard;

// The first viewer starts it and the last one ends it; between them it asks once a second, however many look. A viewer
// holds nothing here but its place: it waits for the next sample, and one that is slow misses samples instead of piling
// them up.
//
// Where the figures don't come (a tier that does not answer), a sample says so and repeats the last ones with their
// time, and no second question is asked while the first is open.

/// <summary>Takes the figures once a second while somebody looks, and not at all while nobody does.</summary>
internal sealed class DashboardSampler
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private const string NotHad = "The figures can't be had; the server's log says why.";

    private readonly ICacheRegistry _registry;
    private readonly TimeProvider _time;
    private readonly int _maxViewers;
    private readonly CancellationToken _stopping;
    private readonly Lock _gate = new();
    private readonly string[] _names;
    private readonly SampleRing _ring;
    private TaskCompletionSource<DashboardSample> _next = New();
    private CancellationTokenSource? _ends;
    private Task _running = Task.CompletedTask;
    private Task<IReadOnlyDictionary<string, CacheStatistics>>? _asking;
    private volatile DashboardSample _last = new(0, 0, [], [], null, [], 0);
    private int _viewers;

    public DashboardSampler(ICacheRegistry registry, TimeProvider time, int maxViewers, CancellationToken stopping)
    {
        _registry = registry;
        _time = time;
        _maxViewers = maxViewers;
        _stopping = stopping;
        _names = [.. registry.Names];
        _ring = new SampleRing(_names.Length);
    }

    /// <summary>The names of all caches, in the order of every sample.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Of which process the samples are: their numbers say nothing to another one.</summary>
    public long Run { get; } = Chance.NextId();

    /// <summary>The last sample; its number is 0 where there is none yet.</summary>
    public DashboardSample Last => _last;

    /// <summary>Whether it samples: somebody looks.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_gate)
            {
                return _ends is not null;
            }
        }
    }

    /// <summary>The end of the last run, complete where none is under way.</summary>
    public Task Running
    {
        get
        {
            lock (_gate)
            {
                return _running;
            }
        }
    }

    /// <summary>A place for a viewer, which is left by disposing of it; null where all are taken.</summary>
    public IDisposable? TryEnter()
    {
        lock (_gate)
        {
            if (_viewers == _maxViewers)
            {
                return null;
            }

            if (++_viewers == 1)
            {
                _ends = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
                _running = RunAsync(_running, _ends.Token);
            }

            return new Place(this);
        }
    }

    /// <summary>The first sample with a higher number.</summary>
    public async ValueTask<DashboardSample> AfterAsync(long number, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<DashboardSample> next;
            lock (_gate)
            {
                if (_last.Number > number)
                {
                    return _last;
                }

                next = _next.Task;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The charts' past for some of the caches, oldest first.</summary>
    public List<(long At, CachePoint Sum)> History(IReadOnlyList<int> indexes)
    {
        lock (_gate)
        {
            return _ring.Sums(indexes);
        }
    }

    private void Leave()
    {
        CancellationTokenSource? ends = null;
        lock (_gate)
        {
            if (--_viewers == 0)
            {
                (ends, _ends) = (_ends, null);
            }
        }

        using (ends)
        {
            ends?.Cancel();
        }
    }

    private async Task RunAsync(Task before, CancellationToken end)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (_asking is { IsCompleted: true })
        {
            // The answer came when nobody looked: its figures are of then.
            _asking = null;
        }

        try
        {
            // Whoever comes and goes does not make it sample more often.
            if (_last.Number > 0 && SinceLast() is var since && since < _every)
            {
                await Task.Delay(_every - since, _time, end);
            }

            using var timer = new PeriodicTimer(_every, _time);
            do
            {
                try
                {
                    await SampleAsync(end);
                }
                catch (Exception) when (!end.IsCancellationRequested)
                {
                    // Those who look would wait for the next sample until the last of them has gone.
                    Publish(_time.GetUtcNow().ToUnixTimeMilliseconds(), [], [], figures: null, NotHad);
                }
            } while (await timer.WaitForNextTickAsync(end));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
    }

    private TimeSpan SinceLast() =>
        _time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(_last.At) is var since && since > TimeSpan.Zero ? since : TimeSpan.Zero;

    private async Task SampleAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, CacheStatistics>? figures = null;
        string? error = null;
        try
        {
            if (_asking is null)
            {
                _asking = _registry.GetStatisticsAsync(CancellationToken.None).AsTask();

                // It may fail when nobody looks any more.
                _asking.Forget();
            }

            figures = await _asking.WaitAsync(_patience, _time, cancellationToken);
            _asking = null;
        }
        catch (TimeoutException) when (_asking is { IsFaulted: false })
        {
            error = "The tier does not answer.";
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _asking = null;
            error = ErrorMap.Explain(exception)?.Detail ?? NotHad;
        }

        var at = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Publish(at, _registry.GetProblems(), _registry.GetWarnings(), figures, error);
    }

    private void Publish(
        long at,
        IReadOnlyList<string> problems,
        IReadOnlyList<string> warnings,
        IReadOnlyDictionary<string, CacheStatistics>? figures,
        string? error
    )
    {
        TaskCompletionSource<DashboardSample> told;
        DashboardSample sample;
        lock (_gate)
        {
            var number = _last.Number + 1;
            if (figures is null)
            {
                sample = _last with { Number = number, At = at, Problems = problems, Warnings = warnings, Error = error };
            }
            else
            {
                var before = _last.Caches;
                SampledCache[] caches =
                [
                    .. _names.Select(
                        (name, i) =>
                            i < before.Count && before[i].Statistics == figures[name]
                                ? before[i]
                                : new SampledCache(name, figures[name], number)
                    ),
                ];
                _ring.Add(at, [.. caches.Select(static cache => CachePoint.Of(cache.Statistics))]);
                sample = new DashboardSample(number, at, problems, warnings, null, caches, at);
            }

            _last = sample;
            (told, _next) = (_next, New());
        }

        told.TrySetResult(sample);
    }

    private static TaskCompletionSource<DashboardSample> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Place(DashboardSampler sampler) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                sampler.Leave();
            }
        }
    }
}
