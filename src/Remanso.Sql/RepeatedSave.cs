using Remanso.Stores;

namespace Remanso.Sql;

// A save whose connection ended is repeated once: most often the connection was dead before, and nobody has to hear of
// it. A flush may always be repeated, for its versions are the tier's. A write past the tier has a version that others
// may issue as well: where the row has it, or a higher one, nothing tells whether the first try was stored. Told as a
// conflict, a compare-and-set would be done twice.

/// <summary>What may be said of a save that was repeated after its connection had ended.</summary>
internal static class RepeatedSave
{
    /// <summary>Refuses to tell an outcome that nobody knows.</summary>
    /// <exception cref="StoreException">The write is one past the tier, and its row was there before the repetition.</exception>
    public static void ThrowIfUnknown<TKey, TValue>(StoreWrite<TKey, TValue> write, SaveOutcome outcome)
        where TKey : notnull
    {
        if (write.FencingToken == 0 && outcome.Kind != SaveOutcomeKind.Applied)
        {
            throw new StoreException(
                "The connection ended while the write was saved, and its row has this version or a higher one now: the write may have "
                    + "been stored or not.",
                isTransient: true
            );
        }
    }
}
