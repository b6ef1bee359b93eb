namespace Remanso.Tiers;

/// <summary>A cache that a shared tier knows of, whoever declares it.</summary>
/// <param name="Cache">Its name.</param>
/// <param name="Workers">How many workers that flush it are alive.</param>
/// <param name="Unused">For how long no process has used it; up to some seconds where one does.</param>
/// <param name="Dirty">What of it is not in the store; looked at only where no worker is alive.</param>
internal sealed record KnownCache(string Cache, long Workers, TimeSpan Unused, DirtySummary Dirty)
{
    /// <summary>Whether it could not be looked at now: then nothing but its name is known.</summary>
    public bool IsUnknown { get; init; }
}
