namespace Remanso.Server.Tests.Endpoints;

public sealed class EntryWriteTests
{
    private const string Path = "/v1/caches/default/entries/k";

    [Fact]
    public async Task An_accepted_write_is_202_and_a_stored_one_200_each_with_its_tag()
    {
        await using var server = await RunningServer.StartAsync();

        var accepted = await server.SendAsync("PUT", Path, "one", "text/css");
        var stored = await server.SendAsync("PUT", Path + "?durability=stored", "two", "text/css");

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
        var version = (await stored.JsonAsync()).GetProperty("version").GetInt64();
        Assert.Equal($"\"{version}\"", stored.Header("ETag"));
        Assert.Equal($$"""{"key":"k","version":{{version}},"durability":"stored"}""", await stored.TextAsync());

        var get = await server.Client.GetAsync(Path + "?source=db");
        Assert.Equal(("two", "text/css", $"\"{version}\""), (await get.TextAsync(), get.Header("Content-Type"), get.Header("ETag")));
        Assert.Equal("clean", get.Header("Remanso-State"));
    }

    [Fact]
    public async Task An_empty_body_is_an_empty_value()
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", Path)).StatusCode);
        Assert.Equal("", await server.Client.GetStringAsync(Path));
    }

    [Fact]
    public async Task If_Match_writes_only_over_that_version()
    {
        await using var server = await RunningServer.StartAsync();
        var tag = (await server.SendAsync("PUT", Path, "one")).Header("ETag")!;

        Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", Path, "two", headers: ("If-Match", tag))).StatusCode);
        var conflict = await server.SendAsync("PUT", Path, "three", headers: ("If-Match", tag));

        var problem = await conflict.AssertProblemAsync(412, "version-conflict");
        Assert.Equal(conflict.Header("ETag"), $"\"{problem.GetProperty("version").GetInt64()}\"");
        Assert.Equal("two", await server.Client.GetStringAsync(Path));
    }

    [Theory]
    [InlineData("If-Match", "*", 412)]
    [InlineData("If-Match", "\"abc\"", 412)]
    [InlineData("If-Match", "W/\"1\"", 412)]
    [InlineData("If-Match", "1", 400)]
    [InlineData("If-Match", "\"1\", \"2\"", 400)]
    [InlineData("If-Match", "\"1", 400)]
    [InlineData("If-None-Match", "*", 202)]
    [InlineData("If-None-Match", "\"1\"", 400)]
    public async Task Preconditions_over_an_absent_key(string name, string field, int status)
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Equal(status, (int)(await server.SendAsync("PUT", Path, "v", headers: (name, field))).StatusCode);
    }

    [Fact]
    public async Task If_None_Match_star_writes_only_once()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Path, "first", headers: ("If-None-Match", "*"));

        await (await server.SendAsync("PUT", Path, "second", headers: ("If-None-Match", "*"))).AssertProblemAsync(412, "version-conflict");
        await (await server.SendAsync("PUT", Path, "x", null, ("If-None-Match", "*"), ("If-Match", "*"))).AssertProblemAsync(
            400,
            "bad-request"
        );
    }

    [Fact]
    public async Task A_deleted_key_is_absent_and_the_delete_has_a_version()
    {
        await using var server = await RunningServer.StartAsync();
        var put = await server.SendAsync("PUT", Path, "v");

        var wrong = await server.SendAsync("DELETE", Path, headers: ("If-Match", "\"1\""));
        var delete = await server.SendAsync("DELETE", Path + "?durability=stored", headers: ("If-Match", put.Header("ETag")!));

        await wrong.AssertProblemAsync(412, "version-conflict");
        Assert.Equal(HttpStatusCode.OK, delete.StatusCode);
        Assert.NotNull(delete.Header("ETag"));
        await (await server.Client.GetAsync(Path)).AssertProblemAsync(404, "absent-key");
        await (await server.Client.GetAsync(Path + "?source=db")).AssertProblemAsync(404, "absent-key");
    }

    [Theory]
    [InlineData("replicated")]
    [InlineData("logged")]
    public async Task A_durability_that_the_tier_cannot_give_is_501_with_the_reason(string durability)
    {
        await using var server = await RunningServer.StartAsync();

        var problem = await (await server.SendAsync("PUT", $"{Path}?durability={durability}", "v")).AssertProblemAsync(
            501,
            "durability-unavailable"
        );

        Assert.False(problem.GetProperty("accepted").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(Path)).StatusCode);
    }

    [Theory]
    [InlineData("?durability=maybe")]
    [InlineData("?durability=")]
    [InlineData("?lifetime=")]
    [InlineData("?lifetime=0")]
    [InlineData("?lifetime=-5")]
    [InlineData("?lifetime=P1M")]
    [InlineData("?lifetime=soon")]
    public async Task A_query_that_makes_no_sense_is_400(string query)
    {
        await using var server = await RunningServer.StartAsync();

        await (await server.SendAsync("PUT", Path + query, "v")).AssertProblemAsync(400, "bad-request");
    }

    [Theory]
    [InlineData("90", 90_000)]
    [InlineData("1.5", 1500)]
    [InlineData("250ms", 250)]
    [InlineData("5m", 300_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("PT5M", 300_000)]
    [InlineData("P1DT1S", 86_401_000)]
    [InlineData("00:00:05", 5000)]
    public async Task A_lifetime_is_read_in_the_usual_forms(string lifetime, long milliseconds)
    {
        WriteOptions? seen = null;
        var cache = new ScriptedCache
        {
            Write = (_, _, options) =>
            {
                seen = options;
                return new WriteReceipt(1, Durability.Accepted);
            },
        };
        await using var server = await RunningServer.StartAsync(cache);

        await server.SendAsync("PUT", $"{Path}?lifetime={lifetime}", "v");

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), seen?.Lifetime);
        Assert.Equal(WriteCondition.None, seen?.Condition);
    }

    [Fact]
    public async Task Back_pressure_is_503_and_says_when_to_come_back()
    {
        await using var server = await RunningServer.StartAsync(
            new ScriptedCache { Write = static (_, _, _) => throw new BackPressureException(TimeSpan.FromMilliseconds(1200)) }
        );

        var put = await server.SendAsync("PUT", Path, "v");

        await put.AssertProblemAsync(503, "back-pressure");
        Assert.Equal("2", put.Header("Retry-After"));
    }

    [Fact]
    public async Task Stored_not_reached_is_504_with_the_version_of_the_accepted_write()
    {
        await using var server = await RunningServer.StartAsync(
            new ScriptedCache { Write = static (_, _, _) => throw new DurabilityNotReachedException(77, Durability.Stored, "not in 30 s.") }
        );

        var put = await server.SendAsync("PUT", Path + "?durability=stored", "v");

        var problem = await put.AssertProblemAsync(504, "durability-not-reached");
        Assert.Equal(77, problem.GetProperty("version").GetInt64());
        Assert.True(problem.GetProperty("accepted").GetBoolean());
        Assert.Equal("\"77\"", put.Header("ETag"));
    }

    [Fact]
    public async Task Increments_of_many_callers_are_all_counted()
    {
        await using var server = await RunningServer.StartAsync();

        await Parallel.ForAsync(0, 50, async (_, _) =>
            Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("POST", Path + "/increment", """{"by":2}""")).StatusCode)
        );

        Assert.Equal(
            "101",
            await (await server.SendAsync("POST", Path + "/increment")).JsonAsync() is var sum ? sum.GetProperty("value").ToString() : ""
        );
        Assert.Equal("101", await server.Client.GetStringAsync(Path));
    }

    [Fact]
    public async Task An_increment_gives_a_new_counter_its_tags()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("POST", Path + "/increment?tag=t&durability=stored");
        await server.SendAsync("POST", "/v1/caches/default/invalidate", """{"tags":["t"]}""");
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(Path + "?source=cache")).StatusCode);
        Assert.Equal("1", await server.Client.GetStringAsync(Path));
    }

    [Fact]
    public async Task What_is_no_number_is_not_incremented()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Path, "ten");
        await server.SendAsync("PUT", Path + "2", long.MaxValue.ToString());

        await (await server.SendAsync("POST", Path + "/increment")).AssertProblemAsync(409, "not-a-number");
        await (await server.SendAsync("POST", Path + "2/increment")).AssertProblemAsync(409, "overflow");
        await (await server.SendAsync("POST", Path + "/increment", """{"by":"1"}""")).AssertProblemAsync(400, "malformed-json");
    }
}
