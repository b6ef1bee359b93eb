using System.Net;
using System.Text;
using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>Many callers in many processes miss the same key.</summary>
public sealed class StampedeTests(PostgresServer postgres)
{
    private const int Processes = 5;
    private const int CallersEach = 200;

    [Fact]
    public async Task A_thousand_callers_of_five_processes_who_miss_a_key_cost_one_query()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var deployment = await Deployment.StartAsync(postgres, redis, apis: Processes, workers: 1);
        for (var round = 0; round < 3 * Scale.Current.Rounds; round++)
        {
            var path = $"/v1/caches/default/entries/wanted-{round}";
            await StoreAsync(deployment.Api.Client, path, $"value {round}");
            await MissTogetherAsync(deployment, path, HttpStatusCode.OK, $"value {round}");
        }

        await MissTogetherAsync(deployment, "/v1/caches/default/entries/absent", HttpStatusCode.NotFound, body: null);
    }

    private static async Task StoreAsync(HttpClient client, string path, string value)
    {
        using var content = new StringContent(value, Encoding.UTF8, "text/plain");
        using var written = await client.PutAsync($"{path}?durability=stored", content);
        Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        using var everything = new StringContent("""{"all":true}""");
        using var dropped = await client.PostAsync("/v1/caches/default/invalidate", everything);
        Assert.Equal(HttpStatusCode.NoContent, dropped.StatusCode);
    }

    private static async Task MissTogetherAsync(Deployment deployment, string path, HttpStatusCode status, string? body)
    {
        var before = await SumAsync(deployment);
        Task<HttpResponseMessage>[] calls;

        // Nobody gets an answer before all have asked.
        await using (await deployment.Database.LockAsync())
        {
            calls = [.. deployment.Apis.SelectMany(api => Enumerable.Range(0, CallersEach).Select(_ => api.Client.GetAsync(path)))];
            await Patient.UntilAsync(
                async () => (await SumAsync(deployment)).Callers - before.Callers == Processes * CallersEach, "all callers wait for one load");
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

        Assert.Equal(1, (await SumAsync(deployment)).Queries - before.Queries);
    }

    private static async Task<(long Callers, long Queries)> SumAsync(Deployment deployment)
    {
        var all = await Task.WhenAll(deployment.Apis.Select(static api => Statistics.ReadAsync(api.Client)));
        return (all.Sum(static one => one.Callers), all.Sum(static one => one.Queries));
    }
}
