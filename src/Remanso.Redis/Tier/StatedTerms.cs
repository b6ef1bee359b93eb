using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Remanso.Redis.Resp;

namespace Remanso.Redis.Tier;

/// <summary>What a partition says of <see cref="Agreement"/>.</summary>
/// <param name="Terms">The terms, 0 while nobody has stated them.</param>
/// <param name="Turn">The turn under which they were stated.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StatedTerms(long Terms, long Turn)
{
    /// <summary>Where it begins in the state, <see cref="PartitionState"/>.</summary>
    public const int First = 104;

    /// <summary>Its last byte.</summary>
    public const int Last = First + TurnAt + sizeof(double) - 1;

    private const int TurnAt = 56;

    /// <summary>Reads those bytes.</summary>
    public static readonly ReplyParser<StatedTerms> Parser = static (ref reply) =>
    {
        var bytes = reply.ReadBytes();
        return new(Number(bytes, 0), Number(bytes, TurnAt));
    };

    private static long Number(ReadOnlySpan<byte> bytes, int at) =>
        bytes.Length < at + sizeof(double) ? 0 : (long)BinaryPrimitives.ReadDoubleLittleEndian(bytes[at..]);
}
