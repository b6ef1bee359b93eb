using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Support;
using Remanso.Server.Commands;
using Remanso.Testing;

namespace Remanso.Server.Tests.Commands;

/// <summary>How long commands wait, and for what.</summary>
public sealed class CommandPatienceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_import_leaves_no_note_for_each_line()
    {
        await using var server = await RunningServer.StartAsync(
            new ScriptedStore(),
            "--Remanso:Caches:default:Tier:MaxIdempotencyKeys",
            "20"
        );
        await File.WriteAllTextAsync(Lines, string.Concat(Enumerable.Range(0, 100).Select(static n => Line($"k{n}"))));

        Assert.Equal((0, "100 written, 0 bad.\n", ""), await CommandRun.AsyncOf(server.Address, [], "import", Lines));
        await File.AppendAllTextAsync(Lines, string.Concat(Enumerable.Range(100, 100).Select(static n => Line($"k{n}"))));
        Assert.Equal(
            (0, "100 written, 0 bad, 100 were there.\n", ""),
            await CommandRun.AsyncOf(server.Address, [], "import", Lines, "--if-absent")
        );
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(0, (await CommandRun.AsyncOf(server.Address, [], "set", "k", "v")).Code);
            Assert.Equal(0, (await CommandRun.AsyncOf(server.Address, [], "delete", "k")).Code);
        }
    }

    [Theory]
    [InlineData(503, "import")]
    [InlineData(429, "import")]
    [InlineData(503, "set", "k", "v")]
    [InlineData(503, "delete", "k")]
    [InlineData(503, "set", "k", "v", "--if-absent")]
    [InlineData(503, "increment", "k")]
    [InlineData(503, "export", "--keys")]
    [InlineData(429, "export", "--keys")]
    public async Task A_server_that_asks_to_come_again_after_some_seconds_is_asked_again(int status, params string[] command)
    {
        var calls = new List<string?>();
        await using var server = await ServeAsync(context =>
        {
            calls.Add(context.Request.Headers["Idempotency-Key"]);
            if (calls.Count == 1)
            {
                context.Response.StatusCode = status;
                context.Response.ContentType = "application/problem+json";
                context.Response.Headers.RetryAfter = "8";
                return context.Response.WriteAsync(
                    $$"""{"type":"urn:remanso:problem:{{(status == 429 ? "rate-limited" : "busy")}}","status":{{status}}}"""
                );
            }

            context.Response.ContentType = "application/json";
            context.Response.Headers.ETag = "\"1\"";
            return context.Response.WriteAsync("""{"version":1,"durability":"accepted","value":1}""");
        });
        await File.WriteAllTextAsync(Lines, command[0] == "export" ? "k\n" : Line("k"));
        string[] arguments = [.. command, .. command[0] is "import" or "export" ? (string[])[Lines] : []];

        Assert.Equal(0, (await CommandRun.WithoutPausesAsync(new Uri(server.Urls.First()), arguments)).Code);
        Assert.Equal(2, calls.Count);
        Assert.Equal(calls[0], calls[1]);
    }

    [Theory]
    [InlineData(401, false)]
    [InlineData(403, true)]
    [InlineData(404, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(502, false)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    public async Task A_server_that_is_at_fault_ends_an_import_at_the_line_to_go_on_with(int status, bool goesOn)
    {
        HashSet<string> keys = [];
        await using var server = await ServeAsync(context =>
        {
            lock (keys)
            {
                keys.Add(context.Request.Path);
            }

            context.Response.Headers.ETag = "\"1\"";
            if (
                context.Request.Path.Value!.EndsWith("/k0", StringComparison.Ordinal)
                || context.Request.Path.Value.EndsWith("/k1", StringComparison.Ordinal)
            )
            {
                context.Response.ContentType = "application/json";
                return context.Response.WriteAsync("""{"version":1,"durability":"accepted"}""");
            }

            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = status is 429 or 503 ? "1" : default;
            return Task.CompletedTask;
        });
        await File.WriteAllTextAsync(Lines, string.Concat(Enumerable.Range(0, 100).Select(static n => Line($"k{n}"))));
        string[] switches = goesOn ? ["--continue"] : [];

        var (code, output, errors) = await CommandRun.WithoutPausesAsync(new Uri(server.Urls.First()), ["import", Lines, .. switches]);

        Assert.Equal((3, "2 written, 0 bad. Lines before 3 are done: --from-line 3 goes on.\n"), (code, output));
        Assert.StartsWith("remanso: ", errors, StringComparison.Ordinal);
        Assert.Contains(status.ToString(provider: null), errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.InRange(keys.Count, 3, 18);
        var told = await CommandRun.WithoutPausesAsync(new Uri(server.Urls.First()), ["import", Lines, "--json", .. switches]);
        Assert.Contains("\"complete\":false,\"nextLine\":3", told.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(409)]
    [InlineData(413)]
    [InlineData(422)]
    [InlineData(431)]
    public async Task A_line_that_is_at_fault_is_gone_past(int status)
    {
        await using var server = await ServeAsync(context =>
        {
            if (context.Request.Path.Value!.EndsWith("/k2", StringComparison.Ordinal))
            {
                context.Response.StatusCode = status;
                return Task.CompletedTask;
            }

            context.Response.Headers.ETag = "\"1\"";
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("""{"version":1,"durability":"accepted"}""");
        });
        await File.WriteAllTextAsync(Lines, string.Concat(Enumerable.Range(0, 30).Select(static n => Line($"k{n}"))));

        var (code, output, errors) = await CommandRun.AsyncOf(new Uri(server.Urls.First()), [], "import", Lines, "--continue");

        Assert.Equal((3, "29 written, 1 bad.\n"), (code, output));
        Assert.StartsWith("line 3: ", errors, StringComparison.Ordinal);
        Assert.Equal(3, (await CommandRun.AsyncOf(new Uri(server.Urls.First()), [], "import", Lines)).Code);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task A_server_that_is_at_fault_ends_an_export_which_can_be_resumed(int status)
    {
        var calls = 0;
        await using var server = await ServeAsync(context =>
        {
            Interlocked.Increment(ref calls);
            context.Response.Headers.ETag = "\"1\"";
            if (
                context.Request.Path.Value is { } path
                && (path.EndsWith("/k0", StringComparison.Ordinal) || path.EndsWith("/k1", StringComparison.Ordinal))
            )
            {
                return context.Response.WriteAsync("v");
            }

            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await File.WriteAllTextAsync(Lines, string.Concat(Enumerable.Range(0, 100).Select(static n => $"k{n}\n")));
        var written = _folder.File("out");

        var (code, _, errors) = await CommandRun.WithoutPausesAsync(
            new Uri(server.Urls.First()),
            "export",
            "--keys",
            Lines,
            "--file",
            written
        );

        Assert.Equal(3, code);
        Assert.Equal("2 written, 0 without a value, 0 failed. It broke off at k2: --resume goes on.", errors.Split('\n')[0]);
        Assert.StartsWith("remanso: ", errors.TrimEnd().Split('\n')[1..].Single(), StringComparison.Ordinal);
        Assert.InRange(calls, 3, 18);
        Assert.Equal(2, (await File.ReadAllLinesAsync(written)).Length);
        var told = await CommandRun.WithoutPausesAsync(new Uri(server.Urls.First()), "export", "--keys", Lines, "--json");
        Assert.Contains("\"leftOut\":0,\"complete\":false,\"nextKey\":\"k2\"", told.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(29)]
    public async Task A_key_that_the_server_can_not_read_for_now_each_time_ends_no_export(int bad)
    {
        await using var server = await ServeAsync(context =>
        {
            context.Response.Headers.ETag = "\"1\"";
            if (!context.Request.Path.Value!.EndsWith($"/k{bad}", StringComparison.Ordinal))
            {
                return context.Response.WriteAsync("v");
            }

            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = "application/problem+json";
            context.Response.Headers.RetryAfter = "1";
            return context.Response.WriteAsync("""{"type":"urn:remanso:problem:store-unavailable","status":503}""");
        });
        await File.WriteAllTextAsync(Lines, string.Concat(Enumerable.Range(0, 30).Select(static n => $"k{n}\n")));

        var (code, output, errors) = await CommandRun.WithoutPausesAsync(new Uri(server.Urls.First()), "export", "--keys", Lines);

        Assert.Equal((3, 29), (code, output.Count(static c => c == '\n')));
        Assert.StartsWith($"k{bad}: ", errors, StringComparison.Ordinal);
        Assert.EndsWith("\n29 written, 0 without a value, 1 failed.\n", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "invalid-key")]
    [InlineData(414, null)]
    [InlineData(431, null)]
    [InlineData(500, "internal-error")]
    [InlineData(502, "store-refused")]
    public async Task A_key_that_can_not_be_read_is_gone_past(int status, string? problem)
    {
        await using var server = await ServeAsync(context =>
        {
            context.Response.Headers.ETag = "\"1\"";
            if (!context.Request.Path.Value!.EndsWith("/k2", StringComparison.Ordinal))
            {
                return context.Response.WriteAsync("v");
            }

            context.Response.StatusCode = status;
            context.Response.ContentType = "application/problem+json";
            return problem is null
                ? Task.CompletedTask
                : context.Response.WriteAsync($$"""{"type":"urn:remanso:problem:{{problem}}","status":{{status}}}""");
        });
        await File.WriteAllTextAsync(Lines, string.Concat(Enumerable.Range(0, 30).Select(static n => $"k{n}\n")));

        var (code, output, errors) = await CommandRun.AsyncOf(new Uri(server.Urls.First()), [], "export", "--keys", Lines);

        Assert.Equal((3, 29), (code, output.Count(static c => c == '\n')));
        Assert.StartsWith("k2: ", errors, StringComparison.Ordinal);
        Assert.EndsWith("\n29 written, 0 without a value, 1 failed.\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_its_file_has_by_now_is_shown()
    {
        var file = _folder.File("key");
        await File.WriteAllTextAsync(file, "first\n");
        var shown = new List<string?>();
        await using var server = await ServeAsync(async context =>
        {
            shown.Add(context.Request.Headers.Authorization);
            await File.WriteAllTextAsync(file, "second\n");
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
            context.Response.StatusCode = shown.Count == 1 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            context.Response.Headers.RetryAfter = "1";
            context.Response.Headers.ETag = "\"1\"";
        });

        var (code, _, _) = await CommandRun.WithoutPausesAsync(new Uri(server.Urls.First()), "get", "k", "--key-file", file);

        Assert.Equal(0, code);
        Assert.Equal(["Bearer first", "Bearer second"], shown);
    }

    [Fact]
    public void What_steers_a_screen_stands_in_no_line() => Assert.Equal("a [2Jb c d", Terminal.OneLine("a\u001b[2Jb\nc\u009bd"));

    [Theory]
    [InlineData("get", "k")]
    [InlineData("flush")]
    [InlineData("import")]
    public async Task A_server_that_says_nothing_is_not_waited_for_beyond_the_time_out(params string[] command)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await File.WriteAllTextAsync(Lines, Line("a"));
        string[] arguments = [.. command, .. command[0] == "import" ? (string[])[Lines] : [], "--timeout", "50ms"];

        var (code, output, errors) = await CommandRun.AsyncOf(new Uri($"http://{silent.LocalEndpoint}"), [], arguments);

        Assert.Equal(4, code);
        Assert.Contains("did not answer", errors, StringComparison.Ordinal);
        Assert.Equal(command[0] == "import" ? "0 written, 0 bad. Lines before 1 are done: --from-line 1 goes on.\n" : "", output);
    }

    [Fact]
    public async Task Without_a_switch_an_answer_has_a_time_as_well()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var time = new ManualTimeProvider();

        var running = CommandRun.AsyncOf(new Uri($"http://{silent.LocalEndpoint}"), time, [], "get", "k");
        await time.WaitForTimersAsync(1);
        time.Advance(TimeSpan.FromSeconds(101));

        Assert.Equal(4, (await running).Code);
    }

    private string Lines => _folder.File("lines");

    private static string Line(string key) => $"{{\"key\":\"{key}\",\"value\":\"v\"}}\n";

    private static async Task<WebApplication> ServeAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "Remanso.Server.Tests" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return app;
    }
}
