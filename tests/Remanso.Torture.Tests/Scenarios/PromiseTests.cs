using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Load;
using Remanso.Torture.Tests.Reporting;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>What holds accepted writes is killed again and again: each durability keeps what it promised.</summary>
public sealed class PromiseTests(PostgresServer postgres)
{
    // One fsync of the journal, with room for a machine that is busy with everything else.
    private static readonly TimeSpan _journalWindow = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_server_with_a_journal_is_killed_and_no_logged_or_stored_write_is_missing()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-torture-");
        try
        {
            var database = await Database.CreateAsync(postgres);
            await using var server = await ServerProcess.StartAsync(
                "server",
                "--store",
                database.Url,
                "--journal",
                $"sqlite:{Path.Combine(folder.FullName, "journal.db")}"
            );
            await KillAndCheckAsync("journal, server killed", server, database, server.Kill, server.StartAgainAsync, _journalWindow);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_redis_that_syncs_every_write_is_killed_and_no_write_is_missing()
    {
        await using var redis = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        var database = await Database.CreateAsync(postgres);
        await using var server = await ServerProcess.StartAsync("server", "--store", database.Url, "--tier", redis.Address);
        await KillAndCheckAsync("appendfsync always, Redis killed", server, database, redis.Kill, StartAgainAsync, window: null);

        async Task StartAgainAsync()
        {
            await redis.StartAgainAsync();
            await Patient.UntilAsync(
                async () =>
                {
                    using var response = await server.Client.GetAsync("/health/ready");
                    return response.IsSuccessStatusCode;
                },
                "the server has found Redis again"
            );
        }
    }

    /// <summary>Kills and checks, round after round.</summary>
    /// <param name="window">How old an accepted write may be that is lost; null where none may be lost.</param>
    private static async Task KillAndCheckAsync(
        string name,
        ServerProcess server,
        Database database,
        Action kill,
        Func<Task> startAgain,
        TimeSpan? window
    )
    {
        await database.RecordVersionsAsync();
        var load = new PromiseLoad(server.Client, database);
        var counts = new Dictionary<Durability, int>();
        var held = new Dictionary<string, long>(StringComparer.Ordinal);
        var (lost, worst) = (0, TimeSpan.Zero);
        for (var round = 0; round < Scale.Current.Kills; round++)
        {
            var (promises, killed) = await load.RunAsync(200 + (50 * (round % 8)), kill, startAgain);
            foreach (var key in PromiseLoad.Keys)
            {
                var version = await load.ReadAsync(key);
                Assert.True(
                    version >= held.GetValueOrDefault(key),
                    $"Round {round}: {key} had version {held.GetValueOrDefault(key)}, and has {version}."
                );
                held[key] = version;
            }

            foreach (var promise in promises)
            {
                counts[promise.Level] = counts.GetValueOrDefault(promise.Level) + 1;
                if (held[promise.Key] >= promise.Version)
                {
                    continue;
                }

                Assert.True(
                    promise.Level == Durability.Accepted,
                    $"Round {round}: {promise.Key} version {promise.Version} was {promise.Level} and is lost."
                );
                lost++;
                var age = promise.At > killed ? TimeSpan.Zero : TimeProvider.System.GetElapsedTime(promise.At, killed);
                worst = age > worst ? age : worst;
            }
        }

        Assert.True(
            lost == 0 || worst <= window,
            $"{lost} accepted writes were lost, the oldest of them returned {worst} before its kill."
        );
        using var flushed = await server.Client.PostAsync("/v1/caches/default/flush", content: null);
        Assert.True(flushed.IsSuccessStatusCode);
        Assert.All(await database.ReadAsync(), row => Assert.Equal(held[row.Key], row.Value.Version));
        Assert.Equal(held.Values.Count(static version => version > 0), (await database.ReadAsync()).Count);
        Assert.Equal(0, await database.CountRegressionsAsync());

        var text =
            $"{Scale.Current.Kills} kill -9 under load; of {counts[Durability.Stored]:N0} stored and "
            + $"{counts[Durability.Logged]:N0} logged writes none is missing, of {counts[Durability.Accepted]:N0} accepted ones {lost:N0}"
            + (lost > 0 ? $", the oldest of which had returned {worst.TotalMilliseconds:N0} ms before its kill" : string.Empty);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {text}");
        await TortureReport.NoteAsync(name, text);
    }
}
