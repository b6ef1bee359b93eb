namespace Remanso.Stores;

/// <summary>A backing store failed, and says whether trying again can help.</summary>
public sealed class StoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="isTransient">Whether trying again can help: connection, deadlock, timeout. False: constraint, too
    /// long, undecodable.</param>
    /// <param name="innerException">The cause.</param>
    public StoreException(string message, bool isTransient, Exception? innerException = null)
        : base(message, innerException) => IsTransient = isTransient;

    /// <summary>Whether trying again can help.</summary>
    public bool IsTransient { get; }

    /// <summary>Whether the error speaks of the rows themselves (a constraint, a length, a value that can't be
    /// decoded), so that no other row need prove the store healthy; false unless set.</summary>
    public bool BlamesRow { get; init; }

    /// <summary>Whether it is of a save that was sent, so that rows of it may be stored nevertheless.</summary>
    internal bool MayBeStored { get; init; }
}
