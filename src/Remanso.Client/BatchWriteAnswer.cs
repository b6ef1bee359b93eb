namespace Remanso.Client;

/// <summary>What became of one of many writes.</summary>
/// <param name="Key">The key.</param>
/// <param name="Status">The status that a write of the key alone would have had: 200 (stored), 202 (accepted), or that of an error.</param>
/// <param name="Version">The write's version, or that which the error is about; 0 where there is none.</param>
/// <param name="Error">What went wrong with this entry; null where nothing did.</param>
public sealed record BatchWriteAnswer(string Key, int Status, long Version, string? Error)
{
    /// <summary>Whether the entry was written.</summary>
    public bool IsAccepted => Error is null;
}
