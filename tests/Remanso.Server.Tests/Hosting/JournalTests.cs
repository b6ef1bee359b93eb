using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Hosting;

/// <summary>The real process with a journal, killed under load, damaged, started twice.</summary>
public sealed class JournalTests(ITestOutputHelper output)
{
    private const int Writers = 16;

    private static readonly int _rounds = Environment.GetEnvironmentVariable("REMANSO_TORTURE") == "full" ? 50 : 8;

    // Nothing is flushed by itself: what is there after a kill came out of the journal.
    private static readonly string[] _switches =
    [
        "--journal",
        "sqlite:data/journal.db",
        "--Remanso:Caches:default:Flush:Interval=1h",
        "--Remanso:Caches:default:Flush:BatchSize=100000",
    ];

    [Fact]
    public async Task Kill_after_kill_loses_no_logged_write()
    {
        using var folder = new TemporaryFolder();
        var logged = new ConcurrentDictionary<string, long>();
        var count = 0;
        for (var round = 0; round < _rounds; round++)
        {
            await using var server = await ServerProcess.StartAsync(folder.Path, _switches);
            await AssertPresentAsync(server.Client, logged, round);
            var enough = count + 200 + (50 * (round % 8));
            var writers = Enumerable
                .Range(0, Writers)
                .Select(writer => WriteAsync(server.Client, writer, round, logged, () => Interlocked.Increment(ref count)))
                .ToArray();
            while (Volatile.Read(ref count) < enough)
            {
                await Task.WhenAny(Task.WhenAny(writers), Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
            }

            server.Kill();
            await Task.WhenAll(writers);
        }

        await using var last = await ServerProcess.StartAsync(folder.Path, _switches);
        await AssertPresentAsync(last.Client, logged, _rounds);
        using var flushed = await last.Client.PostAsync("/v1/caches/default/flush", null);
        Assert.True(flushed.IsSuccessStatusCode);
        await AssertPresentAsync(last.Client, logged, _rounds, "?source=db");
        output.WriteLine($"{_rounds} kills, {count} logged writes of {logged.Count} keys, all there");
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_is_told_without_its_path_and_to_ask_again()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, _switches);
        foreach (var file in new DirectoryInfo(folder.File("data")).GetFiles("journal.db*"))
        {
            file.Delete();
        }

        using var late = await PutAsync();
        using var refused = await PutAsync();

        await late.AssertProblemAsync(504, "durability-not-reached");
        var problem = await refused.AssertProblemAsync(503, "durability-unavailable");
        Assert.False(problem.GetProperty("accepted").GetBoolean());
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Equal(
            "Durability 'Logged' can't be had: the journal can't be written now; the log says why.",
            problem.GetProperty("detail").GetString()
        );

        async Task<HttpResponseMessage> PutAsync()
        {
            using var body = new StringContent("v");
            return await server.Client.PutAsync("/v1/caches/default/entries/k?durability=logged", body);
        }
    }

    [Fact]
    public async Task A_damaged_journal_is_set_aside_told_and_recovered_as_far_as_it_can_be_read()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await ServerProcess.StartAsync(folder.Path, _switches))
        {
            for (var i = 0; i < 20; i++)
            {
                using var response = await server.Client.PutAsync(
                    $"/v1/caches/default/entries/k{i}?durability=logged",
                    new StringContent("v")
                );
                Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            }

            server.Kill();
        }

        var log = folder.File("data/journal.db-wal");
        var bytes = await File.ReadAllBytesAsync(log, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(log, bytes, TestContext.Current.CancellationToken);

        await using var again = await ServerProcess.StartAsync(folder.Path, _switches);

        Assert.Equal(HttpStatusCode.OK, (await again.Client.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await again.Client.GetAsync("/v1/caches/default/entries/k0")).StatusCode);
        Assert.Contains("remanso_journal_damages 1", await again.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.True(File.Exists(folder.File("data/journal.db.damaged-1")));
        Assert.Contains("journal sqlite:", again.Banner, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_process_on_the_journal_is_refused_with_its_name()
    {
        using var folder = new TemporaryFolder();
        await using var first = await ServerProcess.StartAsync(folder.Path, _switches);

        var (code, _, errors) = await ServerProcess.RunAsync(
            folder.Path,
            ["--urls", "http://127.0.0.1:0", "--store", "sqlite:other.db", .. _switches]
        );

        Assert.Equal(1, code);
        Assert.StartsWith(
            "remanso: ConnectionStrings:Journal: The journal " + folder.File("data/journal.db") + " is in use by another process",
            errors,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_is_dirty_of_one_store_is_not_written_into_another()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await ServerProcess.StartAsync(folder.Path, ["--store", "sqlite:one.db", .. _switches]))
        {
            await PutLoggedAsync(server.Client, 3);
            server.Kill();
        }

        var (code, _, errors) = await ServerProcess.RunAsync(
            folder.Path,
            ["--urls", "http://127.0.0.1:0", "--store", "sqlite:other.db", .. _switches]
        );

        Assert.Equal(1, code);
        Assert.StartsWith(
            $"remanso: ConnectionStrings:Journal: The journal sqlite:{folder.File("data/journal.db")} holds 3 entries of the cache "
                + $"default that were written for the store sqlite:{folder.File("one.db")}, and the store is sqlite:{folder.File("other.db")}",
            errors,
            StringComparison.Ordinal
        );
        Assert.Single(errors.TrimEnd().Split('\n'));

        string[] named = ["--store", "sqlite:other.db", "--Remanso:Caches:default:Tier:StoreIdentity", $"sqlite:{folder.File("one.db")}"];
        await using (var renamed = await ServerProcess.StartAsync(folder.Path, [.. named, .. _switches]))
        {
            Assert.Equal(HttpStatusCode.OK, (await renamed.Client.GetAsync("/v1/caches/default/entries/k0")).StatusCode);
            renamed.Kill();
        }

        await using var again = await ServerProcess.StartAsync(folder.Path, ["--store", "sqlite:./one.db", .. _switches]);
        Assert.Equal(HttpStatusCode.OK, (await again.Client.GetAsync("/v1/caches/default/entries/k2")).StatusCode);
    }

    [Fact]
    public async Task A_start_on_a_full_disk_reads_the_journal_and_goes_on_without_logged_until_there_is_room()
    {
        using var folder = new TemporaryFolder();
        var disk = Directory.CreateDirectory(folder.File("disk")).FullName;
        Assert.SkipUnless(OperatingSystem.IsLinux() && await CanMountAsync(disk), "this user may not mount a file system");
        await using (var before = await ServerProcess.StartAsync(folder.Path, _switches))
        {
            await PutLoggedAsync(before.Client, 30);
            before.Kill();
        }

        await using var server = await ServerProcess.StartAfterAsync(
            "exec unshare -rm sh -c 'mount -t tmpfs -o size=8m none disk; cp data/journal.db* disk; cat /dev/zero > disk/fill; "
                + "exec \"$0\" \"$@\"' \"$0\" \"$@\"",
            folder.Path,
            ["--journal", "sqlite:disk/journal.db", .. _switches[2..]]
        );

        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync($"/v1/caches/default/entries/k{i}")).StatusCode);
        }

        Assert.Equal(HttpStatusCode.GatewayTimeout, await PutAsync(server.Client, "new", "?durability=logged"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PutAsync(server.Client, "new", "?durability=logged"));
        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(server.Client, "new"));
        using (var ready = await server.Client.GetAsync("/health/ready"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("The disk of", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        File.Delete($"/proc/{server.Id}/root{disk}/fill");
        await Until.TrueAsync(
            async () => await PutAsync(server.Client, "new", "?durability=logged") == HttpStatusCode.Accepted,
            "the journal can be written again"
        );
    }

    [Fact]
    public async Task Without_a_journal_logged_is_refused_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path);

        using var refused = await server.Client.PutAsync("/v1/caches/default/entries/k?durability=logged", new StringContent("v"));

        Assert.Equal(HttpStatusCode.NotImplemented, refused.StatusCode);
        Assert.Contains("keeps no journal", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("/v1/caches/default/entries/k")).StatusCode);
    }

    private static async Task<bool> CanMountAsync(string folder)
    {
        using var process = Process.Start("unshare", ["-rm", "mount", "-t", "tmpfs", "none", folder]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0;
    }

    private static async Task PutLoggedAsync(HttpClient client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, await PutAsync(client, $"k{i}", "?durability=logged"));
        }
    }

    private static async Task<HttpStatusCode> PutAsync(HttpClient client, string key, string query = "")
    {
        using var response = await client.PutAsync($"/v1/caches/default/entries/{key}{query}", new StringContent("v"));
        return response.StatusCode;
    }

    private static async Task WriteAsync(HttpClient client, int writer, int round, ConcurrentDictionary<string, long> logged, Action count)
    {
        for (var i = 0; ; i++)
        {
            var key = $"w{writer}-{i % 40}";
            try
            {
                using var body = new StringContent($"round {round} value {i}");
                using var response = await client.PutAsync($"/v1/caches/default/entries/{key}?durability=logged", body);
                Assert.True(response.IsSuccessStatusCode, response.StatusCode.ToString());
                logged[key] = long.Parse(response.Header("ETag")!.Trim('"'), CultureInfo.InvariantCulture);
                count();
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }

    private static async Task AssertPresentAsync(HttpClient client, ConcurrentDictionary<string, long> logged, int round, string query = "")
    {
        foreach (var (key, version) in logged)
        {
            using var response = await client.GetAsync($"/v1/caches/default/entries/{key}{query}");
            Assert.True(response.IsSuccessStatusCode, $"Round {round}: {key} version {version} was logged and is lost.");
            var held = long.Parse(response.Header("ETag")!.Trim('"'), CultureInfo.InvariantCulture);
            Assert.True(held >= version, $"Round {round}: {key} has version {held}, but {version} was logged.");
        }
    }
}
