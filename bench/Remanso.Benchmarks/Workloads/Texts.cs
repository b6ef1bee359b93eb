using System.Globalization;

namespace Remanso.Benchmarks.Workloads;

/// <summary>Values that are strings.</summary>
internal readonly struct Texts : IValueKind<string>
{
    public static string Name => "string";

    public static string Create(int number) => number.ToString("'value '0000000000000000", CultureInfo.InvariantCulture);
}
