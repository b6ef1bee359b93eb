using System.Net.Http.Json;
using System.Text.Json;

namespace Remanso.Torture.Tests.Deployments;

/// <summary>What <c>GET /v1/stats</c> says of the cache <c>default</c>.</summary>
internal sealed class Statistics
{
    private readonly JsonElement _cache;

    private Statistics(JsonElement cache) => _cache = cache;

    public long DirtyEntries => Number("dirty", "entries");

    public long DirtyBytes => Number("dirty", "bytes");

    public long DeadLetters => Number("dirty", "deadLetters");

    /// <summary>For how long the oldest dirty entry waits.</summary>
    public TimeSpan Lag => TimeSpan.FromMilliseconds(Number("dirty", "oldestAgeMs"));

    /// <summary>Callers of loads, those who led one and those who joined.</summary>
    public long Callers => Number("flights", "led") + Number("flights", "joined");

    /// <summary>Queries for missed keys.</summary>
    public long Queries => Number("loads", "queries");

    public static async Task<Statistics> ReadAsync(HttpClient client)
    {
        var all = await client.GetFromJsonAsync<JsonElement>("/v1/stats");
        return new Statistics(all.GetProperty("caches").GetProperty("default"));
    }

    private long Number(string group, string name) => _cache.GetProperty(group).GetProperty(name).GetInt64();
}
