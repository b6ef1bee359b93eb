using System.Globalization;
using System.Net.Http.Json;
using Remanso.Torture.Tests.Deployments;

namespace Remanso.Torture.Tests.Soak;

// Each increment has a name, and is sent until it is answered: then it has counted once, however often it was sent, as
// long as its name is remembered (Tier:IdempotencyRetention). So at the end the sum is known exactly.

/// <summary>Increments under names, sent again until each is acknowledged.</summary>
internal sealed class CounterLoad(HttpClient client)
{
    private const int Counters = 40;
    private const int Writers = 2;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(40);

    private readonly long[] _sums = new long[Counters];
    private long _acknowledged;
    private long _refusals;

    /// <summary>How many were acknowledged.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>How often one had to be sent again.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    /// <summary>Counts until cancelled; what was begun then is counted as well.</summary>
    public Task RunAsync(CancellationToken over) =>
        Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => CountAsync(new Random(300 + writer), over))));

    /// <summary>Fails unless the database has each sum, exactly.</summary>
    public void Check(IReadOnlyDictionary<string, (long Version, string Value)> rows)
    {
        var wrong = Enumerable
            .Range(0, Counters)
            .Where(counter =>
                _sums[counter] != long.Parse(rows.GetValueOrDefault(NameOf(counter), (0, "0")).Item2, CultureInfo.InvariantCulture)
            )
            .Select(counter => $"{NameOf(counter)} counted to {rows.GetValueOrDefault(NameOf(counter)).Value}, not to {_sums[counter]}")
            .ToArray();
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    private async Task CountAsync(Random random, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var counter = random.Next(Counters);
            var name = Guid.NewGuid().ToString("N");
            while (!await TryCountAsync(counter, name))
            {
                Interlocked.Increment(ref _refusals);
                await Task.Delay(_pause, TimeProvider.System, CancellationToken.None);
            }

            Interlocked.Increment(ref _sums[counter]);
            Interlocked.Increment(ref _acknowledged);
            await Task.Delay(_pause, TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task<bool> TryCountAsync(int counter, string name)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"entries/{NameOf(counter)}/increment");
            request.Content = JsonContent.Create(new { by = 1 });
            request.Headers.Add("Idempotency-Key", name);
            using var response = await client.SendAsync(request);
            Assert.True((int)response.StatusCode is 200 or 202 or >= 500, $"An increment was answered with {response.StatusCode}.");
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private static string NameOf(int counter) => $"count:{counter}";
}
