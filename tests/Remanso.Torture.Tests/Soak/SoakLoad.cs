using System.Net.Http.Json;
using System.Net.Sockets;
using Remanso.Torture.Tests.Load;

namespace Remanso.Torture.Tests.Soak;

// Paced, not as fast as it can: what is looked for is what grows with time and not with load. All keys come from fixed
// ranges, so that a tier and a table that forget nothing and keep nothing too long have a size of their own.

/// <summary>Mixed calls of one server for as long as a soak takes: batches of writes and of reads, increments, deletes,
/// tags, invalidations. What is acknowledged is remembered, to be looked for at the end.</summary>
internal sealed class SoakLoad : IDisposable
{
    private const int Keys = 20_000;
    private const int PassingKeys = 2_000;
    private const int Tags = 50;
    private const int Batch = 20;
    private const int Writers = 3;
    private const int Readers = 2;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly int _port;
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _over = new();
    private long _begun;
    private long _writes;
    private long _reads;
    private long _refusals;

    /// <param name="port">Where the server listens.</param>
    public SoakLoad(int port)
    {
        _port = port;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/v1/caches/default/"), Timeout = _patience };
        Counters = new CounterLoad(_client);
    }

    /// <summary>What was acknowledged of the keys that stay.</summary>
    public Ledger Ledger { get; } = new(Keys);

    /// <summary>The increments.</summary>
    public CounterLoad Counters { get; }

    /// <summary>Acknowledged writes.</summary>
    public long Writes => Volatile.Read(ref _writes) + Counters.Acknowledged;

    /// <summary>Answered reads.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>Calls that were refused, or got no answer.</summary>
    public long Refusals => Volatile.Read(ref _refusals) + Counters.Refusals;

    /// <summary>Writes every key that stays once, so that nothing grows only because not all were there yet.</summary>
    public async Task PrepareAsync()
    {
        using var connection = new BatchConnection(_port);
        foreach (var keys in Enumerable.Range(0, Keys).Chunk(50 * Batch))
        {
            await WriteAsync(connection, keys);
        }
    }

    /// <summary>Calls until <see cref="End"/>, and until what was begun is acknowledged.</summary>
    public Task RunAsync() =>
        Task.WhenAll([
            .. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(new Random(writer)))),
            .. Enumerable.Range(0, Readers).Select(reader => Task.Run(() => RepeatAsync(new Random(100 + reader), ReadAsync))),
            Task.Run(() => RepeatAsync(new Random(200), PassAsync)),
            Counters.RunAsync(_over.Token),
        ]);

    /// <summary>Begins no more calls.</summary>
    public void End() => _over.Cancel();

    public void Dispose()
    {
        _client.Dispose();
        _over.Dispose();
    }

    private async Task WriteAsync(Random random)
    {
        var connection = new BatchConnection(_port);
        try
        {
            await RepeatAsync(random, async random =>
            {
                try
                {
                    await WriteSomeAsync(connection, random);
                }
                catch
                {
                    // Half an answer may be on its way there.
                    connection.Dispose();
                    connection = new BatchConnection(_port);
                    throw;
                }
            });
        }
        finally
        {
            connection.Dispose();
        }
    }

    private Task WriteSomeAsync(BatchConnection connection, Random random) =>
        WriteAsync(connection, [.. Enumerable.Range(0, Batch).Select(_ => random.Next(Keys)).Distinct()]);

    private async Task WriteAsync(BatchConnection connection, int[] keys)
    {
        var number = Interlocked.Add(ref _begun, keys.Length) - keys.Length;
        NumberedWrite[] writes = [.. keys.Select((key, i) => new NumberedWrite(key, number + i))];
        var versions = new long[writes.Length];
        try
        {
            var answer = new long[writes.Length];
            await connection.SetAsync(writes, answer).WaitAsync(_patience, TimeProvider.System);
            versions = answer;
        }
        finally
        {
            // Of the whole batch as of one of its writes: what was refused or not answered may be made nevertheless.
            Ledger.Doubt([.. writes.Where((_, i) => versions[i] == 0)]);
        }

        Ledger.Acknowledge(writes, versions);
        var acknowledged = versions.Count(static version => version > 0);
        Interlocked.Add(ref _writes, acknowledged);
        if (acknowledged < writes.Length)
        {
            Interlocked.Increment(ref _refusals);
        }
    }

    private async Task ReadAsync(Random random)
    {
        var keys = Enumerable.Range(0, Batch).Select(_ => NumberedWrite.NameOf(random.Next(Keys)));
        using var response = await _client.PostAsJsonAsync("./entries:batch-get", keys);
        Count(response, ref _reads, Batch);
    }

    /// <summary>Calls of keys that come and go: with a lifetime, a tag, a delete; and what ends copies.</summary>
    private async Task PassAsync(Random random)
    {
        var entry = $"entries/pass:{random.Next(PassingKeys)}";
        var tag = $"tag-{random.Next(Tags)}";
        using var response = random.Next(10) switch
        {
            0 => await _client.DeleteAsync(entry),
            1 => await _client.PostAsJsonAsync("invalidate", new { tags = new[] { tag } }),
            2 => await _client.PostAsJsonAsync("invalidate", new { keys = new[] { NumberedWrite.NameOf(random.Next(Keys)) } }),
            3 => await _client.PostAsJsonAsync("expire", new { tags = new[] { tag } }),
            4 => await _client.GetAsync(entry),
            _ => await _client.PutAsync($"{entry}?lifetime=20s&tag={tag}", new StringContent(new string('x', random.Next(1000)))),
        };
        Count(response, ref _writes, 1);
    }

    private void Count(HttpResponseMessage response, ref long count, int calls)
    {
        if ((int)response.StatusCode < 500)
        {
            Interlocked.Add(ref count, calls);
        }
        else
        {
            Interlocked.Increment(ref _refusals);
        }
    }

    private async Task RepeatAsync(Random random, Func<Random, Task> call)
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                await call(random);
            }
            catch (Exception exception)
                when (exception is HttpRequestException or IOException or SocketException or OperationCanceledException or TimeoutException)
            {
                Interlocked.Increment(ref _refusals);
            }

            await Task.Delay(_pause, TimeProvider.System);
        }
    }
}
