using System.Globalization;
using System.Runtime.CompilerServices;

namespace Remanso.Load.Reporting;

/// <summary>Numbers as text, the same on every machine.</summary>
internal static class Units
{
    public static CultureInfo Culture => CultureInfo.InvariantCulture;

    public static string Say(ref DefaultInterpolatedStringHandler text) => string.Create(Culture, ref text);
}
