using System.Runtime.InteropServices;

namespace Remanso.Tiers;

/// <summary>What came of one of many, each of which stands for itself.</summary>
/// <param name="Value">Its result, where there is no error.</param>
/// <param name="Error">Why there is none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Attempt<T>(T Value, Exception? Error)
{
    /// <summary>The result.</summary>
    /// <exception cref="Exception">There is none.</exception>
    public T Get() => Error is null ? Value : throw Error;
}
