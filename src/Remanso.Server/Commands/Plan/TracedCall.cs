using System.Runtime.InteropServices;

namespace Remanso.Server.Commands.Plan;

/// <summary>One call of a trace.</summary>
/// <param name="Micros">When, in microseconds since the trace's first call.</param>
/// <param name="Key">The key's index in <see cref="Trace.Keys"/>.</param>
/// <param name="Bytes">How long its value is; <see cref="Unknown"/> where that was not told, <see cref="Absent"/> where
/// a read found none.</param>
/// <param name="CostMicros">How long the query of a read takes, or would take; <see cref="Unknown"/> where that was not told.</param>
/// <param name="Kind">What it does.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TracedCall(long Micros, int Key, int Bytes, int CostMicros, CallKind Kind)
{
    public const int Unknown = -1;

    public const int Absent = -2;
}
