namespace Remanso.Tiers;

/// <summary>Makes memory tiers: one process, no server.</summary>
/// <param name="time">The clock of the tiers.</param>
public sealed class MemoryTierProvider(TimeProvider time) : ITierProvider
{
    /// <inheritdoc/>
    public string Description => "memory";

    /// <inheritdoc/>
    public string Promise => "An accepted write is in this process's memory: it is lost if the process dies before its flush.";

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ICacheTier Create(string cache, TierOptions options) => new MemoryTier(cache, options, time);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
