namespace Remanso.Entries;

/// <summary>The rule by which a tier issues versions, as a pure function.</summary>
internal static class VersionIssuer
{
    /// <summary>The highest version that doubles (Lua, JSON) carry exactly: 2^53 - 1, in microseconds the year 2255.</summary>
    public const long Highest = (1L << 53) - 1;

    /// <summary>
    /// The next version of a key: above its previous one and never below the tier's clock, so that a tier that lost
    /// its data cannot restart below what the store already holds.
    /// </summary>
    /// <param name="previous">The highest version known of the key, 0 where none is.</param>
    /// <param name="tierMicros">The tier's clock, microseconds since 1970.</param>
    public static long Next(long previous, long tierMicros) => Math.Max(previous + 1, tierMicros);
}
