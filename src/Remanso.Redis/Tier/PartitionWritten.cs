using System.Runtime.InteropServices;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>What became of a write of a partition.</summary>
/// <param name="Result">The result; its version is that of the last write that it stood for.</param>
/// <param name="Error">What its caller is to hear instead; null where there is nothing.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PartitionWritten(TierWriteResult Result, Exception? Error)
{
    /// <summary>The result.</summary>
    /// <exception cref="Exception">There is none.</exception>
    public TierWriteResult Get() => Error is null ? Result : throw Error;
}
