using System.Runtime.InteropServices;

namespace Remanso.Benchmarks.Paired;

/// <summary>One measurement of one side.</summary>
/// <param name="Value">In the unit of its pair.</param>
/// <param name="Bytes">Bytes allocated by one operation; null where nobody asks.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Sample(double Value, double? Bytes = null);
