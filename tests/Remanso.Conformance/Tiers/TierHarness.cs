using Remanso.Tiers;

namespace Remanso.Conformance.Tiers;

/// <summary>How the suites reach an implementation of <see cref="ICacheTier"/>.</summary>
public abstract class TierHarness : IAsyncDisposable
{
    /// <summary>Makes a tier of an empty cache, initialised and ready.</summary>
    internal abstract ValueTask<ICacheTier> CreateTierAsync(TierOptions options);

    /// <summary>
    /// Lets at least this much time pass on the tier's clock. The suites ask for fractions of a second where they do, so that a server
    /// whose clock can't be moved may simply wait.
    /// </summary>
    public abstract Task AdvanceAsync(TimeSpan by);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
