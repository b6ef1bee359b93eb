using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>A place in the changes that one process has heard of a cache. It means nothing to another process, and
/// nothing once the process has stopped listening.</summary>
/// <param name="Run">Which time of listening.</param>
/// <param name="Number">How many changes it had heard.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct WatchPosition(long Run, long Number)
{
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out WatchPosition position)
    {
        position = default;
        var dash = text?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (
            dash <= 0
            || !long.TryParse(text.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var run)
            || !long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        )
        {
            return false;
        }

        position = new(run, number);
        return true;
    }

    /// <summary>As text of letters, digits and a dash.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run:x}-{Number}");
}
