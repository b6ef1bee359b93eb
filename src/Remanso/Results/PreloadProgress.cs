using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>How far a preload has come.</summary>
/// <param name="Keys">Keys looked at; one that the source gives twice within a batch counts once.</param>
/// <param name="Found">Of these, those with a value; the others are known to be absent now, or have failed.</param>
/// <param name="Loaded">Of these, those that were loaded for it; the others were there.</param>
/// <param name="Failed">Of these, those that the store refuses to give, or that can't be decoded:
/// <see cref="ICache{TKey, TValue}.GetManyAsync"/> tells why.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PreloadProgress(long Keys, long Found, long Loaded, long Failed = 0);
