namespace Remanso;

/// <summary>A write was accepted and is not stored, nor will it be: when it came to the store, the row had a higher
/// version that others had written past this tier (another tier, or this one before it lost its data or its clock was
/// set back). Readers get that row. The write can be made again, upon what is there now.</summary>
/// <param name="key">The key.</param>
/// <param name="version">The version of the write.</param>
/// <param name="winner">The version that won.</param>
public sealed class WriteSupersededException(string key, long version, long winner)
    : Exception($"Version {version} of key '{key}' is not stored: the store has version {winner}, which others wrote.")
{
    /// <summary>The key.</summary>
    public string Key { get; } = key;

    /// <summary>The version of the write that lost.</summary>
    public long Version { get; } = version;

    /// <summary>The version that the store has.</summary>
    public long Winner { get; } = winner;
}
