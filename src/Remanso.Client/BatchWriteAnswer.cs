namespace Remanso.Client;

/// <summary>What became of one of many writes.</summary>
/// <param name="Key">The key.</param>
/// <param name="Status">The status that a write of the key alone would have had: 200 (stored), 202 (accepted), or that of an error.</param>
/// <param name="Version">The write's version, or that which the error is about; 0 where there is none.</param>
/// <param name="Error">What went wrong with this entry; null where nothing did.</param>
public sealed record BatchWriteAnswer(string Key, int Status, long Version, string? Error)
{
    /// <summary>Whether the entry was written. With an <see cref="Error"/>, too, where the write is accepted, and the
    /// durability that was asked for was not reached; not where the server does not know (<see cref="AcceptedDespiteError"/>).
    /// </summary>
    public bool IsAccepted => Error is null || AcceptedDespiteError == true;

    /// <summary>The name of the problem, as <see cref="RemansoApiException.Code"/> of a write of the key alone; null
    /// where nothing went wrong, and of an older server.</summary>
    public string? Code { get; init; }

    /// <summary>After how long another try makes sense; null where the server does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the write is accepted nevertheless; null where nothing went wrong, and where the server does not
    /// say: with a <see cref="Status"/> below 500 nothing was written then, and with another one it may be.</summary>
    public bool? AcceptedDespiteError { get; init; }
}
