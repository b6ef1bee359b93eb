using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>Which processes use the cache, as they say themselves.</summary>
internal sealed class ProcessStep(TierContext tier)
{
    /// <summary>Says that a process is there.</summary>
    public async ValueTask RegisterAsync(string process, string card, TimeSpan keep, CancellationToken cancellationToken) =>
        await tier
            .Calls.RunAsync(
                static (client, item, token) =>
                    RegisterScript.RunAsync(client, item.Keys, item.Process, item.Milliseconds, item.Card, token),
                (tier.Keys, Process: process, Milliseconds: Micros.Milliseconds(keep), Card: card),
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Forgets one.</summary>
    public ValueTask UnregisterAsync(string process, CancellationToken cancellationToken) =>
        RegisterAsync(process, string.Empty, TimeSpan.Zero, cancellationToken);

    /// <summary>Those that are remembered, sorted.</summary>
    public async ValueTask<IReadOnlyList<RegisteredProcess>> ListAsync(CancellationToken cancellationToken)
    {
        var processes = await tier
            .Calls.RunAsync(static (client, keys, token) => ProcessesScript.RunAsync(client, keys, token), tier.Keys, cancellationToken)
            .ConfigureAwait(false);
        Array.Sort(processes, static (a, b) => string.CompareOrdinal(a.Process, b.Process));
        return processes;
    }
}
