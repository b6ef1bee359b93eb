using Remanso.Conformance.Faces;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Caches;

/// <summary>What one read may ask for, and what runs in the background.</summary>
public abstract class AsideReadConformance(FaceHarness harness) : AsideSuite(harness)
{
    [Fact]
    public async Task A_stale_copy_is_the_answer_without_a_load_where_the_read_says_so()
    {
        var cache = await StartAsync();
        await cache.SetAsync("k", "old", cancellationToken: Cancelled);
        await OutlastAsync();
        var atOnce = new ReadOptions { Stale = StaleCopies.AtOnce };

        var read = await cache.GetOrLoadAsync(
            "k",
            static (_, _) => throw new InvalidDataException("Nothing is to be loaded."),
            atOnce,
            Cancelled
        );
        var plain = await cache.GetAsync("k", atOnce, Cancelled);
        var tierOnly = await cache.GetAsync("k", new ReadOptions { Stale = StaleCopies.AtOnce, Skips = ReadSkip.Load }, Cancelled);

        foreach (var answer in new[] { read, plain, tierOnly })
        {
            Assert.Equal(("old", true), (answer.Value, answer.Stale));
        }

        Assert.Equal("loaded", (await LoadAsync(cache, "absent", "loaded", atOnce)).Value);
        Assert.Equal("loaded", (await LoadAsync(cache, "k", "loaded")).Value);
    }

    [Fact]
    public async Task A_read_that_wants_no_stale_copy_fails_with_its_load()
    {
        var cache = await StartAsync();
        await cache.SetAsync("k", "old", cancellationToken: Cancelled);
        await OutlastAsync();

        await Assert.ThrowsAsync<InvalidDataException>(() => FailAsync(cache, "k", new ReadOptions { Stale = StaleCopies.Never }).AsTask());
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            FailAsync(cache, "k", new ReadOptions { MaxStaleness = TimeSpan.FromMilliseconds(1) }).AsTask()
        );
        Assert.True((await FailAsync(cache, "k", new ReadOptions { MaxStaleness = TimeSpan.FromMinutes(1) })).Stale);
    }

    [Fact]
    public async Task What_a_read_loads_has_the_ttl_and_the_grace_period_that_the_read_gives()
    {
        var store = new ScriptedStore();
        store.Put("own", "1", 1);
        store.Put("plain", "1", 1);
        var cache = await StartAsync(store);

        var own = (
            await cache.GetAsync("own", new ReadOptions { Ttl = TimeSpan.FromMinutes(2), Grace = TimeSpan.FromMinutes(3) }, Cancelled)
        ).Entry!;
        var plain = (await cache.GetAsync("plain", Cancelled)).Entry!;

        Assert.Equal((120_000_000, 180_000_000), (own.FreshUntil - own.CachedAt, own.StaleUntil - own.FreshUntil));
        Assert.Equal((3_600_000_000, 0), (plain.FreshUntil - plain.CachedAt, plain.StaleUntil - plain.FreshUntil));
    }

    [Fact]
    public async Task A_read_has_a_hard_time_out_of_its_own()
    {
        var cache = await StartAsync();
        await cache.SetAsync("stale", "old", cancellationToken: Cancelled);
        await OutlastAsync();
        var options = new ReadOptions { Timeout = TimeSpan.FromSeconds(5), SoftTimeout = TimeSpan.FromSeconds(30) };
        var (absent, stale) = (new Gate(), new Gate());
        var reads = new[] { await LoadingAsync("absent", absent), await LoadingAsync("stale", stale) };

        await Harness.PassAsync(TimeSpan.FromSeconds(5.1));

        var error = await Assert.ThrowsAsync<TimeoutException>(() => reads[0]);
        Assert.Contains("ReadOptions.Timeout", error.Message, StringComparison.Ordinal);
        var shown = await reads[1];
        Assert.Equal(("old", ReadFlags.Found | ReadFlags.Stale | ReadFlags.Slow), (shown.Value, shown.Flags));

        // The time counts from the call. Where a busy server's answer takes all of it, the read ends before its load
        // begins, rightly: that one says nothing, and another one is begun.
        async Task<Task<ReadResult<string>>> LoadingAsync(string key, Gate gate)
        {
            var arrived = gate.ArrivedAsync();
            while (true)
            {
                var read = ReadAsync(key, gate);
                if (await Task.WhenAny(arrived, read) == arrived)
                {
                    await arrived;
                    return read;
                }

                if (read.IsFaulted && read.Exception.InnerException is not TimeoutException)
                {
                    await read;
                }
            }
        }

        Task<ReadResult<string>> ReadAsync(string key, Gate gate) =>
            cache
                .GetOrLoadAsync(
                    key,
                    async (_, token) =>
                    {
                        await gate.PassAsync(token);
                        return "never";
                    },
                    options,
                    Cancelled
                )
                .AsTask();
    }

    [Fact]
    public async Task A_read_has_a_soft_time_out_of_its_own()
    {
        var cache = await StartAsync(static cache => cache.Options.Load.SoftTimeout = TimeSpan.FromMinutes(5));
        await cache.SetAsync("k", "old", cancellationToken: Cancelled);
        await OutlastAsync();
        var gate = new Gate();
        var read = cache
            .GetOrLoadAsync(
                "k",
                async (_, token) =>
                {
                    await gate.PassAsync(token);
                    return "new";
                },
                new ReadOptions { SoftTimeout = TimeSpan.FromMilliseconds(200), InBackground = true },
                Cancelled
            )
            .AsTask();
        await gate.ArrivedAsync();

        await Harness.PassAsync(TimeSpan.FromMilliseconds(300));

        var shown = await read.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancelled);
        Assert.Equal(("old", ReadFlags.Found | ReadFlags.Stale | ReadFlags.Slow), (shown.Value, shown.Flags));
        gate.Open();
    }

    [Fact]
    public async Task A_callers_own_loader_is_waited_for_beyond_the_soft_time_out_and_the_others_get_the_copy()
    {
        var cache = await StartAsync(static cache => cache.Options.Load.SoftTimeout = TimeSpan.FromMilliseconds(200));
        await cache.SetAsync("k", "old", cancellationToken: Cancelled);
        await OutlastAsync();
        var gate = new Gate();
        var context = new AsyncLocal<string>();
        string? seen = null;
        context.Value = "request";
        var leads = cache
            .GetOrLoadAsync(
                "k",
                async (_, token) =>
                {
                    await gate.PassAsync(token);
                    seen = context.Value;
                    return "new";
                },
                Cancelled
            )
            .AsTask();
        await gate.ArrivedAsync();
        var joins = LoadAsync(cache, "k", "unused").AsTask();

        await Harness.PassAsync(TimeSpan.FromMilliseconds(300));
        Assert.Equal(("old", true), ((await joins).Value, (await joins).Stale));
        Assert.True((await LoadAsync(cache, "k", "unused")).Stale);
        Assert.False(leads.IsCompleted);

        gate.Open();
        Assert.Equal(("new", false), ((await leads).Value, (await leads).Stale));
        Assert.Equal("request", seen);
    }

    [Fact]
    public async Task A_callers_own_loader_ends_with_its_caller_though_others_asked_for_the_key()
    {
        var cache = await StartAsync(static cache => cache.Options.Load.SoftTimeout = TimeSpan.FromMilliseconds(200));
        await cache.SetAsync("k", "old", cancellationToken: Cancelled);
        await OutlastAsync();
        var gate = new Gate();
        using var request = new CancellationTokenSource();
        var ended = new TaskCompletionSource();
        var leads = cache
            .GetOrLoadAsync(
                "k",
                async (_, token) =>
                {
                    token.Register(ended.SetResult);
                    await gate.PassAsync(token);
                    return "new";
                },
                request.Token
            )
            .AsTask();
        await gate.ArrivedAsync();
        var joins = LoadAsync(cache, "k", "unused").AsTask();
        await Harness.PassAsync(TimeSpan.FromMilliseconds(300));
        Assert.True((await joins).Stale);

        await request.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leads);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancelled);
    }

    [Fact]
    public async Task A_callers_own_loader_runs_in_the_background_where_it_may()
    {
        var cache = await StartAsync(static cache => cache.Options.Load.SoftTimeout = TimeSpan.FromMilliseconds(200));
        await cache.SetAsync("k", "old", cancellationToken: Cancelled);
        await OutlastAsync();
        var gate = new Gate();
        var read = cache
            .GetOrLoadAsync(
                "k",
                async (LoadContext<string, string> _, CancellationToken token) =>
                {
                    await gate.PassAsync(token);
                    return "new";
                },
                new ReadOptions { InBackground = true },
                Cancelled
            )
            .AsTask();
        await gate.ArrivedAsync();

        await Harness.PassAsync(TimeSpan.FromMilliseconds(300));
        Assert.True((await read).Stale);

        gate.Open();
        await Until.TrueAsync(async () => (await cache.GetAsync("k", Cancelled)).Value == "new", "the load filled in the background");
    }

    [Fact]
    public async Task A_written_value_is_refreshed_at_its_part_of_the_ttl_by_the_caches_own_loader()
    {
        var cache = await StartAsync(static cache =>
        {
            cache.Options.Ttl.Base = TimeSpan.FromSeconds(2);
            cache.Options.Load.RefreshAt = 0.25;
            cache.UseLoader(static (_, context, _) => ValueTask.FromResult<string?>($"loaded over {context.Previous?.Value}"));
        });
        await cache.SetAsync("k", "written", cancellationToken: Cancelled);
        Assert.Equal("written", (await cache.GetAsync("k", Cancelled)).Value);
        Assert.Equal(0, (await cache.Operations.GetStatisticsAsync(Cancelled)).Loads.EarlyRefreshes);

        await Harness.PassAsync(TimeSpan.FromSeconds(0.6));
        Assert.Equal("written", (await cache.GetAsync("k", Cancelled)).Value);

        await Until.TrueAsync(async () => (await cache.GetAsync("k", Cancelled)).Value == "loaded over written", "the refresh has filled");
        Assert.Equal(1, (await cache.Operations.GetStatisticsAsync(Cancelled)).Loads.EarlyRefreshes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_callers_own_loader_refreshes_early_only_where_it_may(bool mayRun)
    {
        var cache = await StartAsync(cache =>
        {
            cache.Options.Ttl.Base = TimeSpan.FromSeconds(10);
            cache.Options.Load.RefreshAt = 0.05;
            cache.Options.Load.CallersInBackground = mayRun;
        });
        await cache.SetAsync("k", "written", cancellationToken: Cancelled);
        await cache.SetAsync("many", "written", cancellationToken: Cancelled);
        await Harness.PassAsync(TimeSpan.FromSeconds(0.6));

        Assert.Equal("written", (await LoadAsync(cache, "k", "loaded")).Value);
        Assert.Equal(
            "written",
            (
                await cache.GetOrLoadManyAsync(
                    ["many"],
                    static (_, _) => ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>()),
                    Cancelled
                )
            )["many"].Value
        );

        Assert.Equal(mayRun, (await cache.Operations.GetStatisticsAsync(Cancelled)).Loads.EarlyRefreshes > 0);
    }

    [Fact]
    public async Task Many_keys_by_a_callers_own_loader_are_waited_for()
    {
        var cache = await StartAsync(static cache => cache.Options.Load.SoftTimeout = TimeSpan.Zero);
        await cache.SetAsync("k", "old", cancellationToken: Cancelled);
        await OutlastAsync();

        var read = await cache.GetOrLoadManyAsync(
            ["k"],
            static async (_, _) =>
            {
                await Task.Yield();
                return new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = "new" };
            },
            Cancelled
        );

        Assert.Equal(("new", false), (read["k"].Value, read["k"].Stale));
    }

    [Fact]
    public async Task Read_options_out_of_range_are_refused_by_name()
    {
        var cache = await StartAsync();

        Assert.Contains("ReadOptions.Timeout", await RefusedAsync(new() { Timeout = TimeSpan.Zero }), StringComparison.Ordinal);
        Assert.Contains(
            "ReadOptions.MaxStaleness",
            await RefusedAsync(new() { MaxStaleness = TimeSpan.FromTicks(-1) }),
            StringComparison.Ordinal
        );
        Assert.Contains("ReadOptions.Stale", await RefusedAsync(new() { Stale = (StaleCopies)9 }), StringComparison.Ordinal);

        async Task<string> RefusedAsync(ReadOptions options) =>
            (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await cache.GetAsync("k", options, Cancelled))).Message;
    }
}
