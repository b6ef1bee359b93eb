using Remanso.Stores;
using Remanso.Telemetry;

namespace Remanso.Sql;

// The rows are not at fault, and nothing is lost: until the trigger is gone the entries wait.

/// <summary>Whether rows have the versions that were saved. A trigger that counts versions by itself would let an
/// older write pass the guard, so another version is refused at first sight.</summary>
internal static class VersionCheck
{
    private const uint Every = 16;

    /// <summary>Counts a save that is about to be made: the first and every so many are read again before they are
    /// committed, where a server does not tell what its triggers made of a row.</summary>
    /// <param name="saves">How many there were, of one store.</param>
    public static bool IsDue(ref int saves) => (uint)Interlocked.Increment(ref saves) % Every == 1;

    /// <summary>A row has another version than the one that was saved.</summary>
    public static StoreException Changed(string table, string key, long saved, long found) =>
        new(
            $"The table {table} gave the row of the key {new HashedKey(key)} the version {found} in place of {saved}: "
                + "a trigger or a rule changes versions, with which an older write could replace a newer one. "
                + "Drop it, or let it leave the version column alone.",
            isTransient: true
        );

    /// <summary>A row was stored that nobody saved.</summary>
    public static StoreException Moved(string table) =>
        new(
            $"The table {table} stored a row under another key than the one that was saved: a trigger or a rule changes keys, "
                + "with which one key's write could replace another's row. Drop it, or let it leave the key's columns alone.",
            isTransient: true
        );

    /// <summary>A row kept its lower version although a higher one was saved.</summary>
    public static StoreException Held(string key, long saved, long found) =>
        new(
            $"The row of the key {new HashedKey(key)} is still at version {found} after version {saved} was saved: "
                + "a trigger, a rule or a policy of the table holds it back.",
            isTransient: true
        );
}
