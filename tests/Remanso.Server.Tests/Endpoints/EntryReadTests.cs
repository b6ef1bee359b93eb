using Remanso.Entries;

namespace Remanso.Server.Tests.Endpoints;

public sealed class EntryReadTests
{
    private const string Path = "/v1/caches/default/entries/k";

    public static TheoryData<ReadSource, ReadFlags, string> Statuses =>
        new()
        {
            { ReadSource.Near, ReadFlags.None, "Remanso; hit; detail=near" },
            { ReadSource.Tier, ReadFlags.None, "Remanso; hit; detail=tier" },
            { ReadSource.Store, ReadFlags.Filled, "Remanso; fwd=miss; stored" },
            { ReadSource.Store, ReadFlags.Filled | ReadFlags.Joined, "Remanso; fwd=miss; stored; collapsed" },
            { ReadSource.Store, ReadFlags.Joined, "Remanso; fwd=miss; collapsed" },
            { ReadSource.Store, ReadFlags.None, "Remanso; fwd=miss" },
            { ReadSource.Tier, ReadFlags.Stale, "Remanso; fwd=stale; detail=store-failed" },
            { ReadSource.Tier, ReadFlags.Stale | ReadFlags.Slow, "Remanso; fwd=stale; detail=store-slow" },
            { ReadSource.Tier, ReadFlags.Stale | ReadFlags.BackedOff, "Remanso; hit; detail=backing-off" },
        };

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task Cache_Status_says_how_the_read_was_answered(ReadSource source, ReadFlags flags, string expected)
    {
        await using var server = await RunningServer.StartAsync(
            new ScriptedCache { Read = (_, _) => ScriptedCache.Found("v", source, flags) }
        );

        var get = await server.Client.GetAsync(Path);

        Assert.Equal(expected, get.Header("Cache-Status"));
        Assert.Null(get.Header("Warning"));
        Assert.Equal(source != ReadSource.Store, get.Header("Age") is not null);
    }

    [Fact]
    public async Task A_cache_in_between_is_told_to_ask_again_and_to_keep_no_error()
    {
        var cache = new ScriptedCache { Read = static (_, _) => ScriptedCache.Found("v") };
        await using var server = await RunningServer.StartAsync(cache);

        foreach (var path in (string[])[Path, "/get/k", "/v1/stats", "/health/ready"])
        {
            Assert.Equal("no-cache", (await server.Client.GetAsync(path)).Header("Cache-Control"));
        }

        cache.Read = static (_, _) => default;
        foreach (var path in (string[])[Path, "/v1/caches/unknown/entries/k", "/v1/nowhere"])
        {
            var absent = await server.Client.GetAsync(path);
            Assert.Equal((HttpStatusCode.NotFound, "no-store"), (absent.StatusCode, absent.Header("Cache-Control")));
        }
    }

    [Fact]
    public async Task A_read_that_asks_for_one_source_alone_says_so()
    {
        var cache = new ScriptedCache { Read = (_, from) => from == ReadFrom.Store ? ScriptedCache.Found("v", ReadSource.Store) : default };
        await using var server = await RunningServer.StartAsync(cache);

        Assert.Equal("Remanso; fwd=request", (await server.Client.GetAsync(Path + "?source=db")).Header("Cache-Status"));
    }

    [Fact]
    public async Task A_value_comes_with_type_length_tag_and_state()
    {
        await using var server = await RunningServer.StartAsync(
            new ScriptedCache { Read = (_, _) => ScriptedCache.Found("v\u00e9", type: "text/html", state: EntryState.Dirty) }
        );

        var get = await server.Client.GetAsync(Path);

        Assert.Equal("v\u00e9", await get.TextAsync());
        Assert.Equal("text/html", get.Header("Content-Type"));
        Assert.Equal("3", get.Header("Content-Length"));
        Assert.Equal("\"42\"", get.Header("ETag"));
        Assert.Equal("dirty", get.Header("Remanso-State"));
        Assert.Null(get.Header("Server"));
    }

    [Fact]
    public async Task A_clean_value_without_a_type_is_a_stream_of_octets()
    {
        await using var server = await RunningServer.StartAsync(
            new ScriptedCache { Read = (_, _) => ScriptedCache.Found("v", type: null) }
        );

        var get = await server.Client.GetAsync(Path);

        Assert.Equal(("application/octet-stream", "clean"), (get.Header("Content-Type"), get.Header("Remanso-State")));
    }

    [Fact]
    public async Task Age_counts_whole_seconds_since_the_value_came_into_the_tier()
    {
        var now = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var entry = new CacheEntry { Version = 1, CachedAt = now - 5_500_000 };
        await using var server = await RunningServer.StartAsync(
            new ScriptedCache { Read = (_, _) => new ReadResult<Bytes>(entry, default, ReadSource.Tier, ReadFlags.Found) }
        );

        Assert.InRange(int.Parse((await server.Client.GetAsync(Path)).Header("Age")!), 5, 60);
    }

    [Theory]
    [InlineData("\"42\"", 304)]
    [InlineData("W/\"42\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"1\", W/\"42\" ,\"3\"", 304)]
    [InlineData("\"1\",\"2\"", 200)]
    [InlineData("42", 200)]
    [InlineData("\"42", 200)]
    [InlineData("\"a,b\",\"42\"", 304)]
    public async Task If_None_Match_is_compared_weakly_over_the_list(string field, int status)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache { Read = (_, _) => ScriptedCache.Found("v") });

        var get = await server.SendAsync("GET", Path, headers: ("If-None-Match", field));

        Assert.Equal(status, (int)get.StatusCode);
        Assert.Equal("\"42\"", get.Header("ETag"));
        Assert.Equal(status == 304 ? "" : "v", await get.TextAsync());
    }

    [Fact]
    public async Task HEAD_has_the_head_of_GET_and_no_body()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache { Read = (_, _) => ScriptedCache.Found("value") });

        var answer = await server.SendRawAsync($"HEAD {Path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.Contains("Content-Length: 5\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("ETag: \"42\"\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_absent_key_is_404_and_says_where_that_is_known()
    {
        var tombstone = new CacheEntry { Version = 9, State = EntryState.Tombstone };
        var cache = new ScriptedCache { Read = (_, _) => new ReadResult<Bytes>(tombstone, default, ReadSource.Tier) };
        await using var server = await RunningServer.StartAsync(cache);

        var get = await server.Client.GetAsync(Path);

        var problem = await get.AssertProblemAsync(404, "absent-key");
        Assert.Equal(9, problem.GetProperty("version").GetInt64());
        Assert.Equal("Remanso; hit; detail=tier", get.Header("Cache-Status"));
    }

    [Fact]
    public async Task A_failing_store_is_503_and_a_fault_is_500_without_its_text()
    {
        Exception thrown = new Stores.StoreException("The database is down.", isTransient: true);
        var cache = new ScriptedCache { Read = (_, _) => throw thrown };
        await using var server = await RunningServer.StartAsync(cache, "--Logging:LogLevel:Default", "None");

        var down = await server.Client.GetAsync(Path);
        await down.AssertProblemAsync(503, "store-unavailable");
        Assert.Equal("1", down.Header("Retry-After"));

        thrown = new Stores.StoreException("No such column.", isTransient: false);
        await (await server.Client.GetAsync(Path)).AssertProblemAsync(502, "store-refused");

        thrown = new NotImplementedException("secret");
        var fault = await (await server.Client.GetAsync(Path)).AssertProblemAsync(500, "internal-error");
        Assert.DoesNotContain("secret", fault.ToString(), StringComparison.Ordinal);
    }
}
