namespace Remanso.Stores;

/// <summary>The kinds of <see cref="SaveOutcome"/>.</summary>
public enum SaveOutcomeKind
{
    /// <summary>The row has the write's value and version.</summary>
    Applied,

    /// <summary>The row had this version before: a repetition.</summary>
    AlreadyStored,

    /// <summary>The row has a higher version.</summary>
    Superseded,
}
