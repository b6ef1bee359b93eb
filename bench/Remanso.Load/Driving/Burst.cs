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
        var requests = connections.Select(_ => RequestTemplate.Get(options.Url, options.EffectiveGetPath, options.Key)).ToArray();
        try
        {
            foreach (var (connection, request) in connections.Zip(requests))
            {
                // Accepted and known to the server, so that the burst meets no connection that is still being made.
                await connection.ConnectAsync();
                await connection.ExchangeAsync(request.For(key + 1));
            }

            var before = await statistics.ReadAsync();
            var lastBytes = new ReadOnlyMemory<byte>[readers];
            for (var i = 0; i < readers; i++)
            {
                // All but the last byte: what then remains to be done at the one moment is as little as can be.
                var request = requests[i].For(key);
                await connections[i].SendAsync(request[..^1]);
                lastBytes[i] = request[^1..];
            }

            var answers = await Task.WhenAll(Release(connections, lastBytes));
            var after = await statistics.ReadAsync();
            return BurstReport.Of(answers, before is null ? null : after?.Since(before.Value));
        }
        finally
        {
            Array.ForEach(connections, static connection => connection.Dispose());
        }
    }

    private static Task<BurstAnswer>[] Release(HttpConnection[] connections, ReadOnlyMemory<byte>[] lastBytes)
    {
        // First all sends, in one loop of one thread, then the waits: no answer is handled while requests are still held.
        var sent = new long[connections.Length];
        var sends = new ValueTask[connections.Length];
        for (var i = 0; i < sends.Length; i++)
        {
            sent[i] = Clock.Now;
            sends[i] = connections[i].SendAsync(lastBytes[i]);
        }

        return [.. connections.Select((connection, i) => ReceiveAsync(connection, sends[i], sent[i]))];
    }

    private static async Task<BurstAnswer> ReceiveAsync(HttpConnection connection, ValueTask send, long sent)
    {
        await send;
        var response = await connection.ReceiveAsync();
        return new BurstAnswer(response.Status, connection.Header(response, "Cache-Status"u8), sent, Clock.Now);
    }
}
