using System.Runtime.InteropServices;

namespace Remanso.Tiers;

/// <summary>A process that said that it uses a cache's tier.</summary>
/// <param name="Process">Its identifier.</param>
/// <param name="Card">What it said of itself; nothing to the tier but a text.</param>
/// <param name="Silence">How long ago it last said so, by the tier's clock.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RegisteredProcess(string Process, string Card, TimeSpan Silence)
{
    /// <summary>How many a tier remembers for a cache: where there are more, those heard of last.</summary>
    public const int Most = 256;
}
