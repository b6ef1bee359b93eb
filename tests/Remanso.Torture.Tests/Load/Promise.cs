using System.Runtime.InteropServices;

namespace Remanso.Torture.Tests.Load;

/// <summary>What a call returned with.</summary>
/// <param name="Key">The key.</param>
/// <param name="Version">The version of the write.</param>
/// <param name="Level">What it was to be when the call returned.</param>
/// <param name="At">When it returned: a timestamp of the system's clock.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Promise(string Key, long Version, Durability Level, long At);
