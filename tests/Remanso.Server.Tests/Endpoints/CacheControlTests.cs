using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>What a request's Cache-Control and time-out make of a read.</summary>
public sealed class CacheControlTests
{
    private const string Path = "/v1/caches/default/entries/k";
    private static readonly string[] _mayNotReload = ["--Remanso:ReadersMayReload", "false"];

    private const ReadSkip Anew = ReadSkip.TierRead | ReadSkip.NearRead;

    public static TheoryData<string, StaleCopies, double?, ReadSkip> Directives =>
        new()
        {
            { "no-cache", StaleCopies.Never, null, Anew },
            { "No-Cache", StaleCopies.Never, null, Anew },
            { "max-age=0", StaleCopies.Never, null, Anew },
            { "max-age=\"0\"", StaleCopies.Never, null, Anew },
            { "max-age=60", StaleCopies.Never, null, ReadSkip.None },
            { "min-fresh=5", StaleCopies.Never, null, ReadSkip.None },
            { "max-stale", StaleCopies.AtOnce, 315_360_000, ReadSkip.None },
            { "max-stale=30", StaleCopies.AtOnce, 30, ReadSkip.None },
            { "max-stale=99999999999999999999", StaleCopies.AtOnce, 315_360_000, ReadSkip.None },
            { "max-age=60, max-stale=30", StaleCopies.AtOnce, 30, ReadSkip.None },
            { "stale-if-error=10", StaleCopies.OnFailure, 10, ReadSkip.None },
            { "stale-if-error=0", StaleCopies.Never, 0, ReadSkip.None },
            { "only-if-cached, max-stale", StaleCopies.AtOnce, 315_360_000, ReadSkip.Load },
            { "no-store", StaleCopies.OnFailure, null, ReadSkip.TierWrite | ReadSkip.NearWrite },
            {
                " , no-transform,community=\"UCI, or other\" ,, no-store",
                StaleCopies.OnFailure,
                null,
                ReadSkip.TierWrite | ReadSkip.NearWrite
            },
        };

    [Theory]
    [MemberData(nameof(Directives))]
    public async Task A_directive_is_what_the_library_is_asked_for(string field, StaleCopies stale, double? maxStaleness, ReadSkip skips)
    {
        var cache = new ScriptedCache { ReadWith = static _ => ScriptedCache.Found("v", ReadSource.Store) };
        await using var server = await RunningServer.StartAsync(cache);

        Assert.Equal("v", await (await server.SendAsync("GET", Path, headers: ("Cache-Control", field))).TextAsync());

        var asked = Assert.Single(cache.Asked);
        Assert.Equal((stale, maxStaleness, skips), (asked.Stale, asked.MaxStaleness?.TotalSeconds, asked.Skips));
    }

    [Theory]
    [InlineData("no-cache", StaleCopies.OnFailure, null, ReadSkip.None)]
    [InlineData("max-age=0", StaleCopies.OnFailure, null, ReadSkip.None)]
    [InlineData("max-age=1, min-fresh=600, no-store", StaleCopies.OnFailure, null, ReadSkip.None)]
    [InlineData("no-cache, max-stale=30", StaleCopies.AtOnce, 30.0, ReadSkip.None)]
    [InlineData("no-cache, stale-if-error=10", StaleCopies.OnFailure, 10.0, ReadSkip.None)]
    [InlineData("max-age=0, only-if-cached", StaleCopies.OnFailure, null, ReadSkip.Load)]
    public async Task Where_readers_may_not_reload_only_what_spares_loads_is_asked_for(
        string field,
        StaleCopies stale,
        double? maxStaleness,
        object skips
    )
    {
        var cache = new ScriptedCache { ReadWith = static _ => ScriptedCache.Found("v") };
        await using var server = await RunningServer.StartAsync(cache, _mayNotReload);

        Assert.Equal("v", await (await server.SendAsync("GET", Path, headers: ("Cache-Control", field))).TextAsync());

        var asked = Assert.Single(cache.Asked);
        Assert.Equal((stale, maxStaleness, (ReadSkip)skips), (asked.Stale, asked.MaxStaleness?.TotalSeconds, asked.Skips));
        await (await server.SendAsync("GET", Path, headers: ("Cache-Control", "max-age=x"))).AssertProblemAsync(400, "bad-request");
    }

    [Fact]
    public async Task What_browsers_and_fetch_add_to_a_conditional_read_is_no_load_where_readers_may_not_reload()
    {
        var store = new ScriptedStore();
        store.Put("k", "one", 1);
        await using var server = await RunningServer.StartAsync(store, _mayNotReload);
        var tag = (await server.Client.GetAsync(Path)).Header("ETag")!;

        foreach (var field in new[] { "no-cache", "max-age=0", "no-store" })
        {
            var again = await server.SendAsync(
                "GET",
                Path,
                headers: [("If-None-Match", tag), ("Pragma", "no-cache"), ("Cache-Control", field)]
            );
            Assert.Equal((304, "Remanso; hit; detail=tier"), ((int)again.StatusCode, again.Header("Cache-Status")));
        }

        await server.SendAsync("GET", "/v1/caches/default/entries/absent", headers: ("Cache-Control", "no-store"));
        await server.SendAsync("GET", "/v1/caches/default/entries/absent", headers: ("Cache-Control", "no-store"));
        Assert.Equal(["k", "absent"], store.Loads.SelectMany(static keys => keys));
    }

    [Theory]
    [InlineData("max-age", "max-age")]
    [InlineData("max-age=", "max-age")]
    [InlineData("max-age=-1", "max-age")]
    [InlineData("max-age=1.5", "max-age")]
    [InlineData("max-age=\"x\"", "max-age")]
    [InlineData("min-fresh=soon", "min-fresh")]
    [InlineData("max-stale=ages", "max-stale")]
    [InlineData("stale-if-error", "stale-if-error")]
    [InlineData("no-cache=x", "no-cache")]
    [InlineData("max-stale=5, only-if-cached=1", "only-if-cached")]
    [InlineData("no-store=1", "no-store")]
    public async Task A_bad_value_is_refused_with_the_name_of_its_directive(string field, string name)
    {
        var cache = new ScriptedCache();
        await using var server = await RunningServer.StartAsync(cache);

        var problem = await (await server.SendAsync("GET", Path, headers: ("Cache-Control", field))).AssertProblemAsync(400, "bad-request");

        Assert.Contains($"Cache-Control: {name}", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(cache.Asked);
    }

    [Fact]
    public async Task A_timeout_is_the_callers_own_limit()
    {
        var cache = new ScriptedCache { ReadWith = static _ => throw new TimeoutException("late", new OperationCanceledException()) };
        await using var server = await RunningServer.StartAsync(cache);

        await (await server.Client.GetAsync(Path + "?timeout=250ms")).AssertProblemAsync(504, "read-timeout");
        Assert.Equal(TimeSpan.FromMilliseconds(250), Assert.Single(cache.Asked).Timeout);
        await (await server.Client.GetAsync(Path + "?timeout=11m")).AssertProblemAsync(400, "bad-request");
        await (await server.Client.GetAsync(Path + "?timeout=1s&source=db")).AssertProblemAsync(400, "bad-request");
    }

    [Fact]
    public async Task A_store_that_fails_in_a_timed_read_is_the_stores_failure()
    {
        var cache = new ScriptedCache { ReadWith = static _ => throw new TimeoutException("the driver's") };
        await using var server = await RunningServer.StartAsync(cache, "--Logging:LogLevel:Default", "None");

        await (await server.Client.GetAsync(Path + "?timeout=1s")).AssertProblemAsync(503, "store-unavailable");
    }

    [Theory]
    [InlineData("max-age=60", 59, 1000, EntryState.None, false)]
    [InlineData("max-age=60", 62, 1000, EntryState.None, true)]
    [InlineData("max-age=60", 62, 1000, EntryState.Dirty, false)]
    [InlineData("min-fresh=60", 0, 70, EntryState.None, false)]
    [InlineData("min-fresh=60", 0, 50, EntryState.None, true)]
    public async Task A_copy_that_is_too_old_or_ends_too_soon_is_loaded_again(string field, int age, int left, object state, bool again)
    {
        var now = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var entry = new CacheEntry
        {
            Version = 1,
            State = (EntryState)state,
            CachedAt = now - (age * 1_000_000L),
            FreshUntil = now + (left * 1_000_000L),
        };
        var cache = new ScriptedCache
        {
            ReadWith = options =>
                options.Skips == ReadSkip.None
                    ? new ReadResult<Bytes>(entry, default, ReadSource.Near, ReadFlags.Found)
                    : ScriptedCache.Found("new", ReadSource.Store, ReadFlags.Filled),
        };
        await using var server = await RunningServer.StartAsync(cache);

        var get = await server.SendAsync("GET", Path, headers: ("Cache-Control", field));

        Assert.Equal(again ? "new" : "", await get.TextAsync());
        Assert.Equal(again ? "Remanso; fwd=request; stored" : "Remanso; hit; detail=near", get.Header("Cache-Status"));
    }

    [Fact]
    public async Task Without_a_directive_nothing_is_asked_for_and_with_a_source_directives_say_nothing()
    {
        var cache = new ScriptedCache { Read = static (_, _) => ScriptedCache.Found("v") };
        await using var server = await RunningServer.StartAsync(cache);

        await server.Client.GetAsync(Path);
        Assert.Equal(
            HttpStatusCode.OK,
            (await server.SendAsync("GET", Path + "?source=cache", headers: ("Cache-Control", "no-cache"))).StatusCode
        );
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", "/get/k", headers: ("Cache-Control", "no-cache"))).StatusCode);

        Assert.Empty(cache.Asked);
    }

    [Fact]
    public async Task The_engine_does_what_the_directives_say()
    {
        var store = new ScriptedStore();
        store.Put("k", "one", 1);
        await using var server = await RunningServer.StartAsync(store);
        await MustAsync("only-if-cached", 504, null, "Remanso; detail=not-cached");
        await MustAsync("no-store", 200, "one", "Remanso; fwd=miss");
        await MustAsync("only-if-cached", 504, null, "Remanso; detail=not-cached");
        await MustAsync("max-stale", 200, "one", "Remanso; fwd=miss; stored");
        await MustAsync("only-if-cached", 200, "one", "Remanso; hit; detail=tier");

        store.Put("k", "two", 2);
        await MustAsync("max-age=60", 200, "one", "Remanso; hit; detail=tier");
        await MustAsync("no-cache", 200, "two", "Remanso; fwd=request; stored");

        store.OnLoad = static (_, _) => Task.FromException(new StoreException("away", isTransient: true));
        await MustAsync("no-cache", 503, null, null);
        await MustAsync("no-cache, stale-if-error=60", 200, "two", "Remanso; fwd=request; detail=store-failed");

        Assert.Equal(204, (int)(await server.SendAsync("POST", "/v1/caches/default/expire", """{"all":true}""")).StatusCode);
        await MustAsync("only-if-cached", 504, null, "Remanso; detail=not-cached");
        await MustAsync("max-stale=3600", 200, "two", "Remanso; hit; detail=stale");
        await MustAsync("stale-if-error=0", 503, null, null);
        await MustAsync("max-age=3600", 503, null, null);

        async Task MustAsync(string field, int status, string? value, string? cacheStatus)
        {
            var get = await server.SendAsync("GET", Path, headers: ("Cache-Control", field));
            Assert.Equal((field, status, cacheStatus), (field, (int)get.StatusCode, status == 503 ? null : get.Header("Cache-Status")));
            if (value is not null)
            {
                Assert.Equal(value, await get.TextAsync());
            }
        }
    }

    [Fact]
    public async Task A_write_has_a_ttl_and_a_grace_period_of_its_own()
    {
        WriteOptions? asked = null;
        var cache = new ScriptedCache
        {
            Write = (_, _, options) =>
            {
                asked = options;
                return new WriteReceipt(7, Durability.Accepted);
            },
        };
        await using var server = await RunningServer.StartAsync(cache);
        const string Times = "?ttl=30s&grace=0";

        await server.SendAsync("PUT", Path + Times, "v");
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.Zero), (asked?.Ttl, asked?.Grace));
        asked = null;
        await server.SendAsync("POST", "/v1/caches/default/entries:batch-set" + Times, """[{"key":"a","value":1}]""");
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.Zero), (asked?.Ttl, asked?.Grace));
        foreach (
            var (bad, name) in new[]
            {
                ("?ttl=0", "ttl"),
                ("?ttl=11y", "ttl"),
                ("?ttl=4000d", "ttl"),
                ("?grace=-1s", "grace"),
                ("?grace=x", "grace"),
            }
        )
        {
            var problem = await (await server.SendAsync("PUT", Path + bad, "v")).AssertProblemAsync(400, "bad-request");
            Assert.StartsWith(name + " must be", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }
}
