using System.Globalization;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Fuzz;

/// <summary>
/// Requests of all kinds, right and wrong, with the status that each must have. 1,200 on each tier, 150,000 with <c>REMANSO_TORTURE=full</c>; <c>REMANSO_FUZZ_SEED</c> repeats a run.
/// </summary>
public sealed class RequestFuzzTests(ITestOutputHelper output)
{
    private const int Clients = 4;
    private const int MaxValueBytes = 1000;

    private static readonly int _requests = Environment.GetEnvironmentVariable("REMANSO_TORTURE") == "full" ? 150_000 : 1_200;

    [Fact]
    public async Task Every_request_has_its_right_status_on_the_memory_tier()
    {
        await using var server = await RunningServer.StartAsync("--Remanso:Caches:default:MaxValueBytes", $"{MaxValueBytes}", "--Logging:LogLevel:Default", "None");

        await RunAsync(server);
    }

    [Fact]
    public async Task Every_request_has_its_right_status_on_Redis()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var server = await RunningServer.StartAsync(
            "--tier", redis.Address, "--Remanso:Caches:default:MaxValueBytes", $"{MaxValueBytes}", "--Logging:LogLevel:Default", "None");

        await RunAsync(server);
    }

    private async Task RunAsync(RunningServer server)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("REMANSO_FUZZ_SEED"), CultureInfo.InvariantCulture, out var set) ? set : Random.Shared.Next();
        output.WriteLine($"REMANSO_FUZZ_SEED={seed}");

        // One client alone writes its keys, so it knows what is there.
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() => RunAsync(server, client, seed))));
        Assert.Equal("""{"status":"live"}""", await server.Client.GetStringAsync("/health/live"));
    }

    private static async Task RunAsync(RunningServer server, int client, int seed)
    {
        var random = new Random(seed + client);
        var maker = new RequestMaker(random, client, MaxValueBytes);
        FuzzConnection? connection = null;
        try
        {
            for (var i = 0; i < _requests / Clients; i++)
            {
                var request = maker.Next();
                connection ??= await FuzzConnection.OpenAsync(server.Address);
                FuzzedAnswer answer;
                try
                {
                    answer = await connection.AskAsync(request, random);
                }
                catch (Exception exception) when (exception is IOException or OperationCanceledException)
                {
                    throw new InvalidOperationException($"Seed {seed}, client {client}, request {i} has no answer.\n{request}", exception);
                }

                Assert.True(request.Right.Contains(answer.Status), $"Seed {seed}, client {client}, request {i}:\n{request}\n\n{answer.Head}\n{answer.Body}");
                request.Note(answer);
                if (request.MayEnd || answer.Head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase))
                {
                    connection.Dispose();
                    connection = null;
                }
            }
        }
        finally
        {
            connection?.Dispose();
        }
    }
}
