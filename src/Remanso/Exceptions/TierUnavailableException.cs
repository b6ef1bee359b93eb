namespace Remanso;

/// <summary>The tier's server can't be reached, or did not answer in time.</summary>
public sealed class TierUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="mayHaveHappened">Whether the operation may have been carried out nevertheless.</param>
    /// <param name="innerException">The cause.</param>
    public TierUnavailableException(string message, bool mayHaveHappened, Exception? innerException = null)
        : base(message, innerException) => MayHaveHappened = mayHaveHappened;

    /// <summary>Whether the operation may have been carried out nevertheless (its reply was lost).</summary>
    public bool MayHaveHappened { get; }

    /// <summary>Why, in a sentence for callers of a server, who may know of no address or name; null where the message
    /// alone tells.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the server answers, and refuses what may write for the time being: reads go on.</summary>
    internal bool RefusesWrites { get; init; }

    /// <summary>Whether the server answers, and refuses it for longer than a moment: it is not away.</summary>
    internal bool IsAnswered { get; init; }
}
