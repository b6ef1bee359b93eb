using Remanso.Redis.Scripts;

namespace Remanso.Redis.Tier;

/// <summary>Drops clean copies.</summary>
internal sealed class InvalidateStep(TierContext tier)
{
    private const int MostPerScript = 256;

    /// <summary>Drops those of keys.</summary>
    public async ValueTask InvalidateAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await tier.Calls.RunAllAsync(
            tier.Keys.Group(keys, MostPerScript),
            static (client, group, token) => InvalidateScript.RunAsync(client, group.Partition, group.Keys, token),
            cancellationToken).ConfigureAwait(false);

    /// <summary>Drops all.</summary>
    public async ValueTask InvalidateAllAsync(CancellationToken cancellationToken) =>
        await tier.Calls.RunAllAsync(
            tier.Keys.Partitions.ToArray(),
            static (client, partition, token) => ClearScript.RunAsync(client, partition, token),
            cancellationToken).ConfigureAwait(false);
}
