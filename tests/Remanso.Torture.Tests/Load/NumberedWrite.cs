using System.Runtime.InteropServices;

namespace Remanso.Torture.Tests.Load;

/// <summary>A write of the load.</summary>
/// <param name="Key">Which key.</param>
/// <param name="Number">Which write of all; its value.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NumberedWrite(int Key, long Number)
{
    /// <summary>The name of a key.</summary>
    public static string NameOf(int key) => $"key:{key:D6}";

    /// <summary>The value of a write.</summary>
    public static string ValueOf(long number) => $"value {number}";
}
