using System.Globalization;
using Remanso.Conformance.Servers;

namespace Remanso.Acceptance.Tests.Deployments;

/// <summary>A Redis that evicts what may be evicted when its memory is full.</summary>
internal sealed class SmallRedis : IAsyncDisposable
{
    private SmallRedis(RedisProcess process) => Process = process;

    public RedisProcess Process { get; }

    public static async Task<SmallRedis> StartAsync() => new(await RedisProcess.StartAsync("--maxmemory-policy", "volatile-lru"));

    /// <summary>Leaves so many bytes of memory beyond what is used now; below zero, some of what is there has to go.</summary>
    public async Task LeaveAsync(int bytes) =>
        await Process.CliAsync(
            "config",
            "set",
            "maxmemory",
            (await NumberAsync("memory", "used_memory:") + bytes).ToString(CultureInfo.InvariantCulture)
        );

    /// <summary>How many keys it has evicted.</summary>
    public Task<long> CountEvictedAsync() => NumberAsync("stats", "evicted_keys:");

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private async Task<long> NumberAsync(string section, string name)
    {
        var lines = await Process.CliAsync("info", section);
        var line = lines.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..], CultureInfo.InvariantCulture);
    }
}
