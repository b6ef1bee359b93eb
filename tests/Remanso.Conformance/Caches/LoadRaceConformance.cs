using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>A write, delete, invalidation or removal of a tag during a load is never overwritten by it: whatever began
/// the load, on whichever node. A tier's tests have one subclass.</summary>
public abstract class LoadRaceConformance(bool isShared) : IAsyncLifetime
{
    private readonly Gate _gate = new();
    private readonly ScriptedStore _store = new();
    private readonly List<IAsyncDisposable> _processes = [];
    private ICache<string, string> _here = null!;
    private ICache<string, string> _there = null!;

    /// <summary>What happens during the load.</summary>
    public enum Change
    {
        Set,
        Remove,
        Invalidate,
        InvalidateAll,
        RemoveTag,
    }

    /// <summary>What loads.</summary>
    public enum Loading
    {
        First,
        EarlyRefresh,
        Anew,
        NotModified,
        ManyKeys,
    }

    /// <summary>A load that fills nothing.</summary>
    public enum Unkept
    {
        NotStored,
        AnewAndNotStored,
        NotToBeCached,
    }

    public static TheoryData<Unkept, Change> UnkeptRaces =>
        new MatrixTheoryData<Unkept, Change>(Enum.GetValues<Unkept>(), Enum.GetValues<Change>());

    public static TheoryData<Loading, Change> Races =>
        new MatrixTheoryData<Loading, Change>(Enum.GetValues<Loading>(), Enum.GetValues<Change>());

    public async ValueTask InitializeAsync()
    {
        _here = await StartAsync();
        _there = isShared ? await StartAsync() : _here;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Races))]
    public async Task What_changes_during_a_load_stands(Loading loading, Change change)
    {
        _store.Put("k", "old", 1);
        var load = await BeginAsync(loading);
        await _gate.ArrivedAsync();

        await ChangeAsync(change);

        _store.OnLoad = static (_, _) => Task.CompletedTask;
        _gate.Open();
        await load;

        var expected = change == Change.Remove ? null : "new";
        Assert.Equal((expected, expected), ((await _here.GetAsync("k")).Value, (await _there.GetAsync("k")).Value));
        await _here.Operations.FlushAsync();
        Assert.Equal((expected, expected), ((await _here.GetAsync("k")).Value, (await _there.GetAsync("k")).Value));
    }

    /// <summary>Its copy is gone by then, so nothing but the flight has an answer.</summary>
    [Theory]
    [MemberData(nameof(UnkeptRaces))]
    public async Task Who_asks_after_a_change_gets_no_load_from_before_it_that_fills_nothing(Unkept loading, Change change)
    {
        _store.Put("k", "old", 1);
        _store.OnLoad = (_, token) => _gate.PassAsync(token);
        var early = LoadUnkeptAsync(loading).AsTask();
        await _gate.ArrivedAsync();
        await ChangeAsync(change);
        if (change is Change.Set or Change.Remove)
        {
            await _there.Operations.FlushAsync();
            await _there.InvalidateAsync(["k"]);
        }

        _store.OnLoad = static (_, _) => Task.CompletedTask;
        var late = _here.GetAsync("k").AsTask();
        for (var i = 0; i < 5; i++)
        {
            // What was asked before this has found the flight by then.
            await _here.GetAsync("other", ReadFrom.Tier);
        }

        _gate.Open();

        Assert.Equal("old", (await early).Value);
        Assert.Equal(change == Change.Remove ? null : "new", (await late).Value);
    }

    private ValueTask<ReadResult<string>> LoadUnkeptAsync(Unkept loading) =>
        loading switch
        {
            Unkept.NotStored => _here.GetAsync("k", new ReadOptions { Skips = ReadSkip.TierWrite }),
            Unkept.AnewAndNotStored => _here.GetAsync("k", new ReadOptions { Skips = ReadSkip.TierRead | ReadSkip.TierWrite }),
            _ => _here.GetOrLoadAsync("k", async (context, token) =>
            {
                context.DoNotCache();
                await _gate.PassAsync(token);
                return "old";
            }),
        };

    private async Task ChangeAsync(Change change)
    {
        switch (change)
        {
            case Change.Set:
                await _there.SetAsync("k", "new");
                break;
            case Change.Remove:
                await _there.RemoveAsync("k");
                break;
            default:
                _store.Put("k", "new", 2);
                await (
                    change switch
                    {
                        Change.Invalidate => _there.InvalidateAsync(["k"]),
                        Change.InvalidateAll => _there.InvalidateAllAsync(),
                        _ => _there.RemoveByTagAsync("team:7"),
                    }
                );
                break;
        }
    }

    /// <summary>Starts a process with the cache over this store; a shared tier's processes have the same cache.</summary>
    private protected abstract Task<(ICache<string, string> Cache, IAsyncDisposable Process)> StartAsync(
        ScriptedStore store,
        Action<CacheConfiguration<string, string>> configure
    );

    private async Task<ICache<string, string>> StartAsync()
    {
        var (cache, process) = await StartAsync(_store, Configure);
        _processes.Add(process);
        return cache;
    }

    private static void Configure(CacheConfiguration<string, string> cache)
    {
        (cache.Options.Ttl.Base, cache.Options.Ttl.Jitter) = (TimeSpan.FromSeconds(60), 0);
        cache.Options.Load.EarlyRefreshBeta = 100;
        cache.Tags = static (_, _) => ["team:7"];
    }

    private async Task<Task> BeginAsync(Loading loading)
    {
        switch (loading)
        {
            case Loading.First:
                _store.OnLoad = (_, token) => _gate.PassAsync(token);
                return _here.GetAsync("k").AsTask();

            case Loading.EarlyRefresh:
                // Slow once, so that the window of the early refresh is some multiple of the TTL.
                _store.OnLoad = static (_, token) => Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, token);
                await _here.GetAsync("k");
                _store.OnLoad = (_, token) => _gate.PassAsync(token);
                await Until.TrueAsync(
                    async () =>
                    {
                        for (var i = 0; i < 100; i++)
                        {
                            await _here.GetAsync("k");
                        }

                        return (await _here.Operations.GetStatisticsAsync()).Loads.EarlyRefreshes > 0;
                    },
                    "a hit began a refresh"
                );
                return Task.CompletedTask;

            case Loading.Anew:
                await _here.GetAsync("k");
                return LoadAnewAsync(static context => "old");

            case Loading.NotModified:
                await _here.GetAsync("k");
                return LoadAnewAsync(static context => context.NotModified());

            default:
                return _here
                    .GetOrLoadManyAsync(["k", "other"], async (_, token) =>
                    {
                        var isFirst = _store.Text("k") == "old" && _store.Rows["k"].Version == 1;
                        await _gate.PassAsync(token);
                        return new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = isFirst ? "old" : "new" };
                    })
                    .AsTask();
        }
    }

    private Task LoadAnewAsync(Func<LoadContext<string, string>, string?> answer)
    {
        var isFirst = true;
        return _here
            .GetOrLoadAsync(
                "k",
                async (context, token) =>
                {
                    var isOld = isFirst;
                    isFirst = false;
                    await _gate.PassAsync(token);
                    return isOld ? answer(context) : "new";
                },
                new ReadOptions { Skips = ReadSkip.TierRead }
            )
            .AsTask();
    }
}
