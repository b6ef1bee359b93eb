using System.Globalization;
using System.Net;
using System.Text;
using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Reporting;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>Many callers in many processes miss the same key.</summary>
/// <remarks>The table is locked until they have asked. That they have is seen at Redis: each runs the script of a miss
/// once, which asks for the time once. The few processes whose caller waits for another's lease look again now and
/// then, and all have their beats, so on a slow machine the count is ahead of the callers.</remarks>
public sealed class StampedeTests(PostgresServer postgres)
{
    private const int Processes = 5;
    private const int CallersEach = 200;
    private const int Callers = Processes * CallersEach;

    [Fact]
    public async Task A_thousand_callers_of_five_processes_who_miss_a_key_cost_one_query()
    {
        var rounds = 3 * Scale.Current.Rounds;
        await using var redis = await RedisProcess.StartAsync();
        await using var deployment = await Deployment.StartAsync(postgres, redis, apis: Processes, workers: 1);
        await StoreAsync(deployment.Api.Client, rounds);

        // From here on nobody but the callers has business with Redis.
        deployment.Workers[0].Kill();
        for (var round = 0; round < rounds; round++)
        {
            await MissTogetherAsync(deployment, redis, PathOf(round), HttpStatusCode.OK, $"value {round}");
        }

        await MissTogetherAsync(deployment, redis, "/v1/caches/default/entries/absent", HttpStatusCode.NotFound, body: null);
        await TortureReport.NoteAsync(
            "stampede",
            $"{rounds} keys that the database has and one that it has not, each missed by {CallersEach} callers in each of "
                + $"{Processes} processes at once: one query each"
        );
    }

    private static string PathOf(int round) => $"/v1/caches/default/entries/wanted-{round}";

    private static async Task StoreAsync(HttpClient client, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            using var content = new StringContent($"value {round}", Encoding.UTF8, "text/plain");
            using var written = await client.PutAsync($"{PathOf(round)}?durability=stored", content);
            Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        }

        using var everything = new StringContent("""{"all":true}""");
        using var dropped = await client.PostAsync("/v1/caches/default/invalidate", everything);
        Assert.Equal(HttpStatusCode.NoContent, dropped.StatusCode);
    }

    private static async Task MissTogetherAsync(Deployment deployment, RedisProcess redis, string path, HttpStatusCode status, string? body)
    {
        var before = await SumAsync(deployment);
        await redis.CliAsync("config", "resetstat");
        Task<HttpResponseMessage>[] calls;
        var start = TimeProvider.System.GetTimestamp();
        using var stalls = new StallWatch();
        await using (await deployment.Database.LockAsync())
        {
            calls = [.. deployment.Apis.SelectMany(api => Enumerable.Range(0, CallersEach).Select(_ => api.Client.GetAsync(path)))];
            await Patient.UntilAsync(async () => await LooksAsync(redis) >= Callers, "all callers have looked for the key");
        }

        foreach (var call in calls)
        {
            using var response = await call.WaitAsync(Scale.Patience, TimeProvider.System);
            Assert.Equal(status, response.StatusCode);
            if (body is not null)
            {
                Assert.Equal(body, await response.Content.ReadAsStringAsync());
            }
        }

        var after = await SumAsync(deployment);
        var queries = after.Queries - before.Queries;
        // A machine that stands still for longer than a fill lease costs another query.
        var (lasted, stall) = (TimeProvider.System.GetElapsedTime(start), stalls.End());
        Assert.True(queries == 1, $"{queries} queries for {path} in {lasted}, the longest stall {stall}\n{deployment.Logs()}");
        Assert.InRange(after.Callers - before.Callers, Callers * 9 / 10, Callers);
    }

    private static async Task<int> LooksAsync(RedisProcess redis)
    {
        // A plain look does not.
        const string Name = "cmdstat_time:calls=";
        var statistics = await redis.CliAsync("info", "commandstats");
        var at = statistics.IndexOf(Name, StringComparison.Ordinal);
        return at < 0 ? 0 : int.Parse(statistics[(at + Name.Length)..].Split(',')[0], CultureInfo.InvariantCulture);
    }

    private static async Task<(long Callers, long Queries)> SumAsync(Deployment deployment)
    {
        var all = await Task.WhenAll(deployment.Apis.Select(static api => Statistics.ReadAsync(api.Client)));
        return (all.Sum(static one => one.Callers), all.Sum(static one => one.Queries));
    }
}
