namespace Remanso;

/// <summary>A journal can't be opened, or can't be written now; the message names it and says why, in one line.</summary>
/// <param name="message">What failed.</param>
/// <param name="innerException">The cause.</param>
public sealed class TierJournalException(string message, Exception? innerException = null) : Exception(message, innerException);
