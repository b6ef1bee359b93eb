using System.Runtime.InteropServices;

namespace Remanso.Stores;

/// <summary>What the guard made of one write.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SaveOutcome
{
    private SaveOutcome(SaveOutcomeKind kind, long storeVersion)
    {
        Kind = kind;
        StoreVersion = storeVersion;
    }

    /// <summary>Which outcome.</summary>
    public SaveOutcomeKind Kind { get; }

    /// <summary>The version that the store holds, where it is higher than the write's; otherwise 0.</summary>
    public long StoreVersion { get; }

    /// <summary>The row now has the write's value and version.</summary>
    public static SaveOutcome Applied => default;

    /// <summary>The row already had this very version.</summary>
    public static SaveOutcome AlreadyStored => new(SaveOutcomeKind.AlreadyStored, 0);

    /// <summary>The row has a higher version and was left alone.</summary>
    /// <param name="storeVersion">The version of the row: higher than the write's. A lower one is an error of the store.</param>
    public static SaveOutcome Superseded(long storeVersion) => new(SaveOutcomeKind.Superseded, storeVersion);
}
