using System.Runtime.InteropServices;

namespace Remanso.WriteBehind;

// Closed: passes run in all lanes; threshold passes in a row in which the store failed and stored nothing open it.
// Open: the next pass is a probe, which makes it half-open. Half-open: a probe that stored something closes it at once,
// one that failed opens it again, and one that says nothing about the store (nothing was dirty, or the tier failed)
// leaves it open.

/// <summary>The circuit towards a store: after some failed passes in a row it opens, then single probes find out when
/// the store is back. Pure: each step returns the next state; when a probe is due is the caller's back-off.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StoreCircuit(CircuitState State, int Failures)
{
    /// <summary>A pass begins.</summary>
    public StoreCircuit Begin() => State == CircuitState.Open ? this with { State = CircuitState.HalfOpen } : this;

    /// <summary>A pass has ended.</summary>
    /// <param name="stored">Whether the store took anything.</param>
    /// <param name="failed">Whether it failed for a transient reason.</param>
    /// <param name="threshold">After how many failed passes in a row the circuit opens; 0: never.</param>
    public StoreCircuit End(bool stored, bool failed, int threshold)
    {
        if (stored)
        {
            return default;
        }

        if (!failed)
        {
            return State == CircuitState.HalfOpen ? this with { State = CircuitState.Open } : this;
        }

        var failures = Failures == int.MaxValue ? Failures : Failures + 1;
        return new(threshold > 0 && failures >= threshold ? CircuitState.Open : CircuitState.Closed, failures);
    }
}
