using System.Buffers.Binary;

namespace Remanso.Redis.Tier;

/// <summary>A partition's sums and counters as one Redis string of up to 23 doubles, little-endian; what is
/// missing at its end is 0, so a partition without one is an empty partition.</summary>
/// <remarks>
/// <code>
///  0  dirty entries, without dead letters
///  8  the bytes of their keys and values
/// 16  queued markers
/// 24  the last id given to a marker or dead letter: the clock's microsecond, or one more than the last
/// 32  the floor: no lower version than the highest that was settled or filled is issued to a key that is gone, whatever the clock says
/// 40  the newest marker that was taken: a key is queued while its mark is above
/// 48  dead letters
/// 56  the epoch, which every invalidation and every expiry of all raises
/// 64  the last token of a fill lease, or number of a removal by tag
/// 72  the last fencing token
/// 80  the number of the last removal by tag
/// 88  the highest number of a removal that was forgotten: what is older counts as removed
/// 96  the longest time for which an entry with tags may be served: so long removals are remembered
/// 104 the terms, a short form of what all processes must agree on (<see cref="Agreement"/>); 0 while nobody has stated them
/// 112 the reign of the server under which its clean copies were made (<see cref="Watch.ServerWatch"/>)
/// 120 the first epoch whose copies are stale only and not void: all were expired since, and not invalidated
/// 128 the epoch for which that is true: whatever else raises the epoch voids them, without knowing of this
/// 136 when the last expiry of all was, in microseconds
/// 144 the epoch in which the reign began: a dirty entry of an earlier one has returned with what the server remembered
/// 152 until when some fill lease may be in force, in microseconds: writes look for leases until then, and no longer
/// 160 the turn under which the terms were stated, <see cref="StatedTerms"/>
/// 168 its birth: when the terms were stated while it had none, in microseconds; 0 where that is long ago
/// 176 how many dirty entries of the partition that was there before were told to be gone, <see cref="GonePartitions"/>
/// </code>
/// <para>What a write changes lies at the front, so that it is one short <c>SETRANGE</c>.</para>
/// </remarks>
internal static class PartitionState
{
    /// <summary>The last byte of what <see cref="Look"/> reads.</summary>
    public const int LookLast = BirthAt + sizeof(double) - 1;

    /// <summary>The first byte of the reign.</summary>
    public const int ReignAt = 112;

    /// <summary>The last byte of the reign.</summary>
    public const int ReignLast = ReignAt + sizeof(double) - 1;

    private const int BytesAt = 8;
    private const int LastIdAt = 24;
    private const int DeadLettersAt = 48;
    private const int EpochAt = 56;
    private const int TokenAt = 64;
    private const int RemovedAt = 80;
    private const int ExpiredFromAt = 120;
    private const int ExpiredUnderAt = 128;
    private const int ReignedFromAt = 144;
    private const int TermsAt = 104;
    private const int BirthAt = 168;

    /// <summary>What it tells whoever looks.</summary>
    public static PartitionLook Look(ReadOnlySpan<byte> state) =>
        new(
            Number(state, 0),
            Number(state, 0) != 0 || Number(state, DeadLettersAt) != 0,
            Number(state, TermsAt) != 0,
            Number(state, BirthAt),
            Number(state, LastIdAt)
        );

    /// <summary>The bytes of dirty keys and values.</summary>
    public static long Bytes(ReadOnlySpan<byte> state) => Number(state, BytesAt);

    /// <summary>What it says of the reign of its server, to be compared with what it says later (<c>reigns.lua</c>).</summary>
    public static byte[] Reign(ReadOnlySpan<byte> state) =>
        state.Length <= ReignAt ? [] : state[ReignAt..Math.Min(state.Length, ReignedFromAt + sizeof(double))].ToArray();

    /// <summary>The epoch.</summary>
    public static long Epoch(ReadOnlySpan<byte> state) => Number(state, EpochAt);

    /// <summary>The last token of a fill lease, or number of a removal by tag: it only grows.</summary>
    public static long Token(ReadOnlySpan<byte> state) => Number(state, TokenAt);

    /// <summary>The number of the last removal by tag.</summary>
    public static long Removed(ReadOnlySpan<byte> state) => Number(state, RemovedAt);

    /// <summary>Whether copies of an earlier epoch are stale only, and not void.</summary>
    public static bool IsExpired(ReadOnlySpan<byte> state, long epoch) =>
        epoch < Epoch(state) && Number(state, ExpiredUnderAt) == Epoch(state) && epoch >= Number(state, ExpiredFromAt);

    /// <summary>Whether a dirty entry that was written, or compared with its row, in this epoch has returned: its row
    /// may be newer.</summary>
    public static bool HasReturned(ReadOnlySpan<byte> state, long since) => since < Number(state, ReignedFromAt);

    private static long Number(ReadOnlySpan<byte> state, int at) =>
        state.Length < at + sizeof(double) ? 0 : (long)BinaryPrimitives.ReadDoubleLittleEndian(state[at..]);
}
