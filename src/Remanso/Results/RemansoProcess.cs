using Remanso.Tiers;

namespace Remanso;

/// <summary>A process that shares the tier, as it said itself with its last heartbeats.</summary>
/// <param name="Id">Its identifier, made up at its start: it says nothing of the machine.</param>
/// <param name="IsThis">Whether it is this process.</param>
/// <param name="Role">What it does among the others, for people (<see cref="RemansoBuilder.WithRole"/>); empty
/// where it was not said.</param>
/// <param name="Version">Its version of Remanso.</param>
/// <param name="Machine">The name of its machine.</param>
/// <param name="ProcessId">Its number on that machine.</param>
/// <param name="StartedAt">When it started, by its own clock.</param>
/// <param name="Caches">The caches that it has, by name; never empty.</param>
public sealed record RemansoProcess(
    string Id,
    bool IsThis,
    string Role,
    string Version,
    string Machine,
    int ProcessId,
    DateTimeOffset StartedAt,
    IReadOnlyList<ProcessShare> Caches
)
{
    /// <summary>How many processes are remembered for a cache: where there are more, those heard of last.</summary>
    public const int Most = RegisteredProcess.Most;

    /// <summary>How long ago it was last heard of, in any cache.</summary>
    public TimeSpan Silence => Caches.Min(static share => share.Silence);

    /// <summary>Whether it is alive, as far as is known: it missed fewer than three heartbeats of some cache. A process
    /// that stops takes its leave; one that was killed is dead.</summary>
    public bool IsAlive => Caches.Any(static share => share.IsAlive);
}
