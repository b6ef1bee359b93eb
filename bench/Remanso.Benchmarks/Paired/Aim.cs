using System.Globalization;
using System.Runtime.InteropServices;

namespace Remanso.Benchmarks.Paired;

/// <summary>A bound for a ratio.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Aim(double Bound, bool IsUpper, double? MaxBytes = null)
{
    public static Aim AtMost(double bound, double? maxBytes = null) => new(bound, IsUpper: true, maxBytes);

    public static Aim AtLeast(double bound) => new(bound, IsUpper: false);

    public bool IsMet(double ratio, double? bytes) =>
        (IsUpper ? ratio <= Bound : ratio >= Bound) && (MaxBytes is null || bytes <= MaxBytes);

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(IsUpper ? '≤' : '≥')} {Bound:0.0#}{(MaxBytes is { } bytes ? $", {bytes:0} B" : "")}"
        );
}
