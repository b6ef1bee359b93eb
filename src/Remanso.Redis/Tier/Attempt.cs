using System.Runtime.InteropServices;

namespace Remanso.Redis.Tier;

/// <summary>What came of one call of many.</summary>
/// <param name="Value">Its result, where there is no error.</param>
/// <param name="Error">Why there is none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Attempt<T>(T Value, Exception? Error);
