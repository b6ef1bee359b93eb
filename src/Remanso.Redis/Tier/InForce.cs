namespace Remanso.Redis.Tier;

/// <summary>What a cache says that its processes agree on.</summary>
/// <param name="Age">For how long nobody has agreed with it.</param>
/// <param name="Turn">The turn under which it was put in force.</param>
/// <param name="Values">Layout, partitions, mode and store, null where nobody has stated them.</param>
/// <param name="Told">What the store tells; null where none but earlier versions have stated it, which did not ask it.</param>
internal sealed record InForce(TimeSpan Age, long Turn, string?[] Values, string? Told = null)
{
    /// <summary>Whether nobody has stated anything.</summary>
    public bool IsUnknown => Array.TrueForAll(Values, static value => value is null);

    /// <summary>The layout of its entries.</summary>
    public string Layout => Values[0]!;

    /// <summary>How many partitions it has.</summary>
    public string Partitions => Values[1]!;

    /// <summary>Whether every version is kept: 1 or 0.</summary>
    public string Mode => Values[2]!;

    /// <summary>The store.</summary>
    public string Store => Values[3]!;
}
