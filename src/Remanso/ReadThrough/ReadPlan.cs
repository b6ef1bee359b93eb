namespace Remanso.ReadThrough;

/// <summary>What one read wants beyond its key.</summary>
internal sealed class ReadPlan
{
    /// <summary>From the tier, else from the store, as the cache's options say.</summary>
    public static readonly ReadPlan Default = new();

    /// <summary>Loads the key; the store where null.</summary>
    public KeyLoader? Loader { get; init; }

    /// <summary>Whether <see cref="Loader"/> is the cache's own one, which takes a place in the bulkhead. A caller's loader does not: it may itself wait for loads of the cache.</summary>
    public bool IsBounded { get; init; }

    /// <summary>Instead of <see cref="LoadOptions.SoftTimeout"/>.</summary>
    public TimeSpan? SoftTimeout { get; init; }

    /// <summary>What is left out.</summary>
    public ReadSkip Skips { get; init; }

    /// <summary>The same without a look at the copies that are there.</summary>
    public ReadPlan Anew() => new() { Loader = Loader, IsBounded = IsBounded, SoftTimeout = SoftTimeout, Skips = Skips | ReadSkip.TierRead };

    /// <summary>Whether a load may fill the tier.</summary>
    public bool Fills => (Skips & ReadSkip.TierWrite) == 0;
}
