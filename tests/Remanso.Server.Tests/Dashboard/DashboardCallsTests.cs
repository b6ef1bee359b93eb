using System.Text.Json;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Dashboard;

/// <summary>What the page is told, over real HTTP and a real engine.</summary>
public sealed class DashboardCallsTests
{
    private static readonly (string, string) _fromThePage = ("X-Remanso-Dashboard", "1");

    [Fact]
    public async Task Events_begin_with_the_start_and_go_on_with_samples()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("POST", "/set", """{"key":"a","value":"1"}""");
        using var answer = await server.Client.GetAsync("/dashboard/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        var (first, start) = await NextAsync(reader);
        var (second, sample) = await NextAsync(reader);
        var (third, later) = await NextAsync(reader);

        Assert.Equal(("start", "sample", "sample"), (first, second, third));
        Assert.NotEmpty(start.GetProperty("promise").GetString()!);
        Assert.Equal(1, sample.GetProperty("caches").GetProperty("default").GetProperty("writes").GetInt64());
        Assert.Equal(1, sample.GetProperty("point")[3].GetInt64());
        Assert.True(later.GetProperty("number").GetInt64() > sample.GetProperty("number").GetInt64());
    }

    [Fact]
    public async Task Asking_again_and_again_tells_the_same()
    {
        await using var server = await RunningServer.StartAsync();

        using var first = JsonDocument.Parse(await server.Client.GetStringAsync("/dashboard/snapshot"));
        var number = first.RootElement.GetProperty("sample").GetProperty("number").GetInt64();
        var run = first.RootElement.GetProperty("run").GetInt64();
        using var second = JsonDocument.Parse(await server.Client.GetStringAsync($"/dashboard/snapshot?after={number}&run={run}"));
        using var ofAnotherRun = JsonDocument.Parse(await server.Client.GetStringAsync($"/dashboard/snapshot?after=999999&run={run}"));

        // Of another process, whose number is lower.
        using var ofAnother = JsonDocument.Parse(await server.Client.GetStringAsync($"/dashboard/snapshot?after={number}&run={run + 1}"));

        Assert.True(first.RootElement.TryGetProperty("start", out _));
        Assert.True(second.RootElement.GetProperty("sample").GetProperty("number").GetInt64() > number);
        Assert.False(second.RootElement.TryGetProperty("start", out _));
        Assert.True(ofAnotherRun.RootElement.TryGetProperty("start", out _));
        Assert.True(ofAnother.RootElement.TryGetProperty("start", out _));
        Assert.Equal(run, ofAnother.RootElement.GetProperty("run").GetInt64());
    }

    [Fact]
    public async Task One_key_is_shown_in_all_its_places()
    {
        await using var server = await RunningServer.StartAsync(
            "--Remanso:Caches:default:Near:Enabled",
            "true",
            "--Remanso:Dashboard:ShowsValues",
            "true"
        );
        await server.SendAsync(
            "PUT",
            "/v1/caches/default/entries/a%2F..%2Fb?tag=t&durability=stored",
            "{\"big\":12345678901234567890}",
            "application/json"
        );
        await server.SendAsync("GET", "/v1/caches/default/entries/a%2F..%2Fb");
        using var json = JsonDocument.Parse(
            await server.Client.GetStringAsync("/dashboard/caches/default/inspect?key=" + Uri.EscapeDataString("a/../b"))
        );

        foreach (var place in new[] { "near", "tier", "store" })
        {
            var side = json.RootElement.GetProperty(place);
            Assert.Equal("found", side.GetProperty("is").GetString());
            Assert.Equal("application/json", side.GetProperty("contentType").GetString());
            Assert.False(side.GetProperty("dirty").GetBoolean());
            Assert.Equal("{\"big\":12345678901234567890}", Encoding.UTF8.GetString(side.GetProperty("value").GetBytesFromBase64()));
        }

        Assert.Equal("t", json.RootElement.GetProperty("tier").GetProperty("tags")[0].GetString());
        Assert.Single(
            new[] { "near", "tier", "store" }
                .Select(place => json.RootElement.GetProperty(place).GetProperty("version").GetInt64())
                .Distinct()
        );
        using var absent = JsonDocument.Parse(await server.Client.GetStringAsync("/dashboard/caches/default/inspect?key=none"));
        Assert.Equal(
            ("unknown", "missing"),
            (
                absent.RootElement.GetProperty("tier").GetProperty("is").GetString(),
                absent.RootElement.GetProperty("store").GetProperty("is").GetString()
            )
        );
    }

    [Fact]
    public async Task A_key_that_was_read_and_is_absent_is_absent_in_the_tier_and_has_no_row()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("GET", "/get/none");

        using var json = JsonDocument.Parse(await server.Client.GetStringAsync("/dashboard/caches/default/inspect?key=none"));

        Assert.Equal("absent", json.RootElement.GetProperty("tier").GetProperty("is").GetString());
        Assert.Equal("missing", json.RootElement.GetProperty("store").GetProperty("is").GetString());
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task The_history_of_a_key_is_told_where_it_is_kept_the_newest_first_and_cut(string showsValues)
    {
        await using var server = await RunningServer.StartAsync(
            "--Remanso:Caches:ledger:WriteMode",
            "EveryVersion",
            "--Remanso:Dashboard:ShowsValues",
            showsValues
        );
        foreach (var value in Enumerable.Range(0, 20).Select(static n => $"planted-{n}").Append(new string('x', (16 << 10) + 1)))
        {
            await server.SendAsync("PUT", "/v1/caches/ledger/entries/k", value, "text/plain");
        }

        await server.SendAsync("DELETE", "/v1/caches/ledger/entries/k?durability=stored");
        var text = await server.Client.GetStringAsync("/dashboard/caches/ledger/inspect?key=k");
        using var json = JsonDocument.Parse(text);
        using var none = JsonDocument.Parse(await server.Client.GetStringAsync("/dashboard/caches/default/inspect?key=k"));

        var history = json.RootElement.GetProperty("history");
        var versions = history.GetProperty("versions").EnumerateArray().ToArray();
        Assert.True(history.GetProperty("cut").GetBoolean());
        Assert.Equal(20, versions.Length);
        Assert.Equal(
            versions.Select(static one => one.GetProperty("version").GetInt64()).OrderDescending(),
            versions.Select(static one => one.GetProperty("version").GetInt64())
        );
        Assert.Equal(
            json.RootElement.GetProperty("store").GetProperty("version").GetInt64(),
            versions[0].GetProperty("version").GetInt64()
        );
        Assert.True(versions[0].GetProperty("deleted").GetBoolean());
        Assert.Equal((16 << 10) + 1, versions[1].GetProperty("bytes").GetInt32());
        Assert.Equal(showsValues == "true", versions[1].TryGetProperty("large", out _));
        Assert.Equal(showsValues == "true", versions[2].TryGetProperty("value", out var shown));
        Assert.Equal(
            showsValues == "true" ? "planted-19" : null,
            shown.ValueKind == JsonValueKind.Undefined ? null : Encoding.UTF8.GetString(shown.GetBytesFromBase64())
        );
        Assert.Equal("text/plain", versions[2].GetProperty("contentType").GetString());
        Assert.False(none.RootElement.TryGetProperty("history", out _));
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("Development", null, true)]
    [InlineData("Production", "true", true)]
    [InlineData("Development", "false", false)]
    public async Task Values_are_hidden_unless_the_environment_or_a_setting_shows_them(string? environment, string? setting, bool shows)
    {
        string[] switches =
        [
            .. environment is null ? [] : new[] { "--environment", environment },
            .. setting is null ? [] : new[] { "--Remanso:Dashboard:ShowsValues", setting },
        ];
        await using var server = await RunningServer.StartAsync(switches);
        await server.SendAsync("PUT", "/v1/caches/default/entries/a", "planted-secret", "text/plain");

        using var json = JsonDocument.Parse(await server.Client.GetStringAsync("/dashboard/caches/default/inspect?key=a"));

        Assert.Equal(shows, json.RootElement.GetProperty("showsValues").GetBoolean());
        Assert.Equal(shows, json.RootElement.GetProperty("tier").TryGetProperty("value", out _));
    }

    [Fact]
    public async Task A_burst_is_told_as_what_reached_the_database()
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.SendAsync(
            "POST",
            "/dashboard/caches/default/try",
            """{"readers":300,"writes":500}""",
            null,
            _fromThePage
        );

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.TextAsync());
        Assert.Equal(
            (300, 1),
            (
                json.RootElement.GetProperty("reads").GetProperty("asked").GetInt32(),
                json.RootElement.GetProperty("reads").GetProperty("queries").GetInt32()
            )
        );
        Assert.Equal(500, json.RootElement.GetProperty("writes").GetProperty("asked").GetInt32());
        Assert.InRange(json.RootElement.GetProperty("writes").GetProperty("rows").GetInt32(), 1, 50);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await server.SendAsync("GET", "/get/" + json.RootElement.GetProperty("key").GetString())).StatusCode
        );
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"readers\":10001}")]
    [InlineData("{\"writes\":-1}")]
    [InlineData("{\"readers\":\"many\"}")]
    public async Task A_burst_is_bounded(string body)
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await server.SendAsync("POST", "/dashboard/caches/default/try", body, null, _fromThePage)).StatusCode
        );
    }

    [Fact]
    public async Task Settings_are_told_with_their_defaults_where_they_differ()
    {
        await using var server = await RunningServer.StartAsync(
            "--Remanso:Caches:orders:Ttl:Base",
            "90s",
            "--Remanso:Caches:orders:Tier:MaxDirtyEntries",
            "10"
        );
        using var json = JsonDocument.Parse(await server.Client.GetStringAsync("/dashboard/caches"));
        var orders = json
            .RootElement.GetProperty("caches")
            .EnumerateArray()
            .Single(static cache => cache.GetProperty("name").GetString() == "orders");
        var settings = orders
            .GetProperty("settings")
            .EnumerateArray()
            .ToDictionary(static setting => setting.GetProperty("name").GetString()!, static setting => setting);

        Assert.Equal(
            ("90s", "5m"),
            (settings["Ttl:Base"].GetProperty("value").GetString(), settings["Ttl:Base"].GetProperty("default").GetString())
        );
        Assert.Equal("250ms", settings["Flush:Interval"].GetProperty("value").GetString());
        Assert.Equal(
            ["Tier:MaxDirtyEntries", "Ttl:Base"],
            settings
                .Where(static setting => setting.Value.TryGetProperty("default", out _))
                .Select(static setting => setting.Key)
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(10, orders.GetProperty("maxDirtyEntries").GetInt64());
    }

    [Fact]
    public async Task A_worker_tells_figures_and_opens_no_entry()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var server = await RunningServer.StartAsync("--role", "worker", "--tier", redis.Address);

        using var json = JsonDocument.Parse(await server.Client.GetStringAsync("/dashboard/caches"));
        Assert.False(json.RootElement.GetProperty("caches")[0].GetProperty("opens").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/dashboard/snapshot")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("/dashboard/caches/default/inspect?key=a")).StatusCode);
    }

    private static async Task<(string Event, JsonElement Data)> NextAsync(StreamReader reader)
    {
        var name = string.Empty;
        while (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line["event: ".Length..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using var json = JsonDocument.Parse(line["data: ".Length..]);
                return (name, json.RootElement.Clone());
            }
        }

        throw new EndOfStreamException("The events ended.");
    }
}
