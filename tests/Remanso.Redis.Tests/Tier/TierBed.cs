using System.Text;
using Microsoft.Extensions.Logging;
using Remanso.Redis.Tests.Servers;
using Remanso.Tiers;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Tiers of one cache as separate processes would have them: each with connections of its own.</summary>
/// <param name="address">The server.</param>
/// <param name="cache">The name of the cache; one of its own where it is null.</param>
/// <param name="log">Where warnings go.</param>
/// <param name="isPatient">Whether answers are waited for longer than the product does: all but the tests whose subject that is.</param>
internal sealed class TierBed(string address, string? cache = null, bool isPatient = true, ILoggerFactory? log = null) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];

    public string Cache { get; } = cache ?? TierServer.NewCache();

    /// <summary>A tier that is not initialised.</summary>
    public ICacheTier Make(Action<TierOptions>? configure = null)
    {
        var options = new TierOptions { Partitions = 4 };
        configure?.Invoke(options);
        var provider = new RedisTierProvider(isPatient ? PatientOptions.Of(address) : RedisOptions.Parse(address), loggers: log);
        _parts.Add(provider);
        var tier = provider.Create(Cache, options);
        _parts.Add(tier);
        return tier;
    }

    /// <summary>Ends a part of the test's own with the others.</summary>
    public TPart Own<TPart>(TPart part)
        where TPart : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }

    public async Task<ICacheTier> StartAsync(Action<TierOptions>? configure = null)
    {
        var tier = Make(configure);
        await tier.InitializeAsync(CancellationToken.None);
        return tier;
    }

    /// <summary>The name of a partition's key.</summary>
    public string Name(int partition, string suffix) => $"rm:{{{Cache}:{partition}}}:{suffix}";

    /// <summary>The name of a key's entry.</summary>
    public string EntryOf(string key, int partitions = 4) => Name(Partition.Of(key, partitions), $"e:{key}");

    public static TierWrite Write(string key, string value, bool urgent = false) =>
        new()
        {
            Key = key,
            Value = Encoding.UTF8.GetBytes(value),
            Urgent = urgent,
        };

    public async ValueTask DisposeAsync()
    {
        for (var i = _parts.Count - 1; i >= 0; i--)
        {
            await _parts[i].DisposeAsync();
        }
    }
}
