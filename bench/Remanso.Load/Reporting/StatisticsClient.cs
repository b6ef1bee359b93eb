using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Remanso.Load.Reporting;

/// <summary>Asks the server for its counts, outside of the measured time.</summary>
internal sealed class StatisticsClient(Uri url, string cache, string? key) : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new()
    {
        BaseAddress = url,
        DefaultRequestHeaders = { Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key) },
    };

    /// <summary>The counts now; null where the server keeps none, as the baselines.</summary>
    public async Task<ServerCounts?> ReadAsync()
    {
        using var response = await _http.GetAsync(new Uri("/v1/stats", UriKind.Relative));
        if (response.StatusCode is HttpStatusCode.NotFound || response.Content.Headers.ContentType?.MediaType != "application/json")
        {
            return null;
        }

        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        if (!document.RootElement.TryGetProperty("caches", out var caches))
        {
            return null;
        }

        if (!caches.TryGetProperty(cache, out var counts))
        {
            throw new UsageException($"--cache: the server has no cache '{cache}'.");
        }

        return new ServerCounts(
            counts.GetProperty("writes").GetInt64(),
            counts.GetProperty("flush").GetProperty("stored").GetInt64(),
            counts.GetProperty("dirty").GetProperty("entries").GetInt64(),
            counts.GetProperty("dirty").GetProperty("oldestAgeMs").GetInt64(),
            counts.GetProperty("loads").GetProperty("queries").GetInt64(),
            counts.GetProperty("flights").GetProperty("led").GetInt64(),
            counts.GetProperty("flights").GetProperty("joined").GetInt64()
        );
    }

    /// <summary>The counts once nothing is dirty any more.</summary>
    /// <exception cref="TimeoutException">The server does not get clean.</exception>
    public async Task<ServerCounts?> ReadCleanAsync()
    {
        var start = Clock.Now;
        while (await ReadAsync() is { } counts)
        {
            if (counts.Dirty == 0)
            {
                return counts;
            }

            if (Clock.Now - start > Clock.From(_patience))
            {
                throw new TimeoutException($"{counts.Dirty} entries are still dirty after {_patience.TotalSeconds:0} s.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return null;
    }

    /// <summary>Looks ten times a second until cancelled.</summary>
    /// <returns>The highest age of a dirty entry that was seen, in milliseconds; null where the server keeps no counts.</returns>
    public async Task<long?> WatchOldestAgeAsync(CancellationToken stop)
    {
        long? highest = null;
        while (!stop.IsCancellationRequested && await ReadAsync() is { } counts)
        {
            highest = Math.Max(highest ?? 0, counts.OldestAgeMs);
            await Task.Delay(_lookEvery, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return highest;
    }

    public void Dispose() => _http.Dispose();
}
