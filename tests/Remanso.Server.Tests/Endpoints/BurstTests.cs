using Remanso.Conformance.Support;

namespace Remanso.Server.Tests.Endpoints;

public sealed class BurstTests
{
    [Fact]
    public async Task A_thousand_GETs_of_one_missing_key_are_one_query()
    {
        var gate = new Gate();
        var store = new ScriptedStore { OnLoad = (_, token) => gate.PassAsync(token) };
        store.Put("k", "v", 7);
        await using var server = await RunningServer.StartAsync(store);

        var readers = Enumerable.Range(0, 1000).Select(_ => server.Client.GetAsync("/v1/caches/default/entries/k")).ToArray();
        await gate.ArrivedAsync();
        // The gate opens when nearly all have come in: those wait in the flight, the others will find the entry.
        for (var requests = 0L; requests < 1000; requests = server.RequestsBegun)
        {
            await Task.Yield();
        }

        gate.Open();
        var responses = await Task.WhenAll(readers);

        Assert.Single(store.Loads);
        Assert.All(responses, static response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        var statuses = responses.CountBy(static response => response.Header("Cache-Status")!).ToDictionary();
        Assert.Equal(1, statuses["Remanso; fwd=miss; stored"]);
        Assert.Equal(
            1000,
            statuses
                .Where(static status =>
                    status.Key.Contains("fwd=miss", StringComparison.Ordinal) || status.Key.Contains("hit", StringComparison.Ordinal)
                )
                .Sum(static status => status.Value)
        );
        Assert.True(
            statuses.Where(static status => status.Key.Contains("collapsed", StringComparison.Ordinal)).Sum(static status => status.Value)
                > 900
        );
        var stats = await server.Client.GetStringAsync("/v1/stats");
        Assert.Contains("\"loads\":{\"queries\":1,\"keys\":1}", stats, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hundred_thousand_writes_of_one_key_become_few_store_writes_and_the_last_one_wins()
    {
        var store = new ScriptedStore();
        await using var server = await RunningServer.StartAsync(store);
        const int Clients = 32;
        const int Each = 100_000 / Clients;
        var began = TimeProvider.System.GetTimestamp();
        var highest = new (long Version, string Value)[Clients];

        await Task.WhenAll(
            Enumerable
                .Range(0, Clients)
                .Select(client =>
                    Task.Run(async () =>
                    {
                        using var connection = await RawConnection.OpenAsync(server.Address);
                        for (var i = 0; i < Each; i++)
                        {
                            var value = $"{client}-{i}";
                            var version = await connection.SetAsync("hot", value);
                            Assert.True(version > highest[client].Version);
                            highest[client] = (version, value);
                        }
                    })
                )
        );
        var elapsed = TimeProvider.System.GetElapsedTime(began);
        await server.Client.PostAsync("/v1/caches/default/flush", null);

        Assert.Equal(highest.Max().Value, store.Text("hot"));
        var intervals = elapsed / TimeSpan.FromMilliseconds(250);
        Assert.InRange(store.Saves.Count, 1, intervals + 5);
    }
}
