using System.Globalization;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Fuzz;

/// <summary>Requests of all kinds, right and wrong, with the status that each must have. 1,200 on each tier, 150,000
/// with <c>REMANSO_TORTURE=full</c>; <c>REMANSO_FUZZ_SEED</c> repeats a run. They run alone, for
/// they count what is live in the process.</summary>
[Collection(nameof(RequestFuzzTests))]
[CollectionDefinition(nameof(RequestFuzzTests), DisableParallelization = true)]
public sealed class RequestFuzzTests(ITestOutputHelper output)
{
    private const int Clients = 4;
    private const int MaxValueBytes = 1000;

    /// <summary>What may be live at the end beyond what was after a fifth: remembered idempotency keys (some
    /// thousands, below 1 MiB), buffers of pools, and the runtime's own. Half a KiB a request that stayed would be 60
    /// MiB in the full form; the short one sees only what is gross.</summary>
    private const long MaxGrowth = 8L << 20;

    private static readonly int _requests = Environment.GetEnvironmentVariable("REMANSO_TORTURE") == "full" ? 150_000 : 1_200;

    [Fact]
    public async Task Every_request_has_its_right_status_on_the_memory_tier()
    {
        await using var server = await RunningServer.StartAsync(
            "--Remanso:Caches:default:MaxValueBytes",
            $"{MaxValueBytes}",
            "--Logging:LogLevel:Default",
            "None"
        );

        await RunAsync(server, statusOfReplicated: 501);
    }

    [Fact]
    public async Task Every_request_has_its_right_status_on_Redis()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var server = await RunningServer.StartAsync(
            "--tier",
            redis.Address,
            "--Remanso:Caches:default:MaxValueBytes",
            $"{MaxValueBytes}",
            "--Logging:LogLevel:Default",
            "None"
        );

        // A replica that is not there may come.
        await RunAsync(server, statusOfReplicated: 503);
    }

    private async Task RunAsync(RunningServer server, int statusOfReplicated)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("REMANSO_FUZZ_SEED"), CultureInfo.InvariantCulture, out var set)
            ? set
            : Random.Shared.Next();
        output.WriteLine($"REMANSO_FUZZ_SEED={seed}");

        // One client alone writes its keys, so it knows what is there.
        var clients = Enumerable
            .Range(0, Clients)
            .Select(client => new FuzzClient(server.Address, client, seed, MaxValueBytes, statusOfReplicated))
            .ToArray();
        await RunAsync(clients, _requests / 5);
        var warm = LiveBytes();
        await RunAsync(clients, _requests - (_requests / 5));
        var last = LiveBytes();

        output.WriteLine($"{_requests} requests; live after the first fifth {warm >> 10:N0} KiB, at the end {last >> 10:N0} KiB");
        Assert.True(
            last - warm <= MaxGrowth,
            $"Seed {seed}: {last - warm:N0} bytes more are live after {_requests} requests than after a fifth of them"
        );
        Assert.Equal("""{"status":"live"}""", await server.Client.GetStringAsync("/health/live"));
    }

    private static async Task RunAsync(FuzzClient[] clients, int requests)
    {
        await Task.WhenAll(clients.Select(client => Task.Run(() => client.RunAsync(requests / Clients))));

        // What belongs to a connection goes with it, and is no growth.
        foreach (var client in clients)
        {
            client.Disconnect();
        }
    }

    private static long LiveBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
