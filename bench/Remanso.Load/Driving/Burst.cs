using Remanso.Load.Http;
using Remanso.Load.Reporting;

namespace Remanso.Load.Driving;

/// <summary>Many reads of one key that nobody has asked for before, at the same moment: what single flight is for.</summary>
internal static class Burst
{
    // Above every key that a load writes.
    private const int FirstKey = 10_000_000;
    private const int LastKey = 99_999_998;

    public static async Task<BurstReport> RunAsync(LoadOptions options, int readers, StatisticsClient statistics)
    {
        var key = Random.Shared.Next(FirstKey, LastKey);
        var connections = Enumerable.Range(0, readers).Select(_ => new HttpConnection(options.Url)).ToArray();
        var requests = connections.Select(_ => RequestTemplate.Get(options.Url, options.EffectiveGetPath)).ToArray();
        try
        {
            foreach (var (connection, request) in connections.Zip(requests))
            {
                // Accepted and known to the server, so that the burst meets no connection that is still being made.
                await connection.ConnectAsync();
                await connection.ExchangeAsync(request.For(key + 1));
            }

            var before = await statistics.ReadAsync();
            var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var reads = connections.Zip(requests, (connection, request) => ReadAsync(connection, request.For(key), gate.Task)).ToArray();
            gate.SetResult();
            var answers = await Task.WhenAll(reads);
            var after = await statistics.ReadAsync();
            return BurstReport.Of(answers, before is null ? null : after?.Since(before.Value));
        }
        finally
        {
            Array.ForEach(connections, static connection => connection.Dispose());
        }
    }

    private static async Task<BurstAnswer> ReadAsync(HttpConnection connection, ReadOnlyMemory<byte> request, Task gate)
    {
        await gate;
        var sent = Clock.Now;
        var response = await connection.ExchangeAsync(request);
        return new BurstAnswer(response.Status, connection.Header(response, "Cache-Status"u8), sent, Clock.Now);
    }
}
