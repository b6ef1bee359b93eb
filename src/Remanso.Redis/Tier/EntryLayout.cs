using System.Buffers.Binary;
using Remanso.Entries;

namespace Remanso.Redis.Tier;

/// <summary>
/// An entry as one Redis string: a header of 72 bytes, then the media type, the tags and the value. Numbers are little-endian; doubles hold
/// integers below 2^53, because the scripts (<c>layout.lua</c> is the same in Lua) know no others.
/// </summary>
/// <remarks>
/// <code>
///  0  byte    the layout: 1
///  1  byte    EntryState
///  2  byte    1 where it is a row that others wrote and that took the place of what was written here
///  3  byte    of a dirty one: 1 where it was expired, it is stale once it is stored;
///            2 where it was invalidated, or compared with its row, it leaves no copy then
///  4  uint32  length of the media type
///  8  uint32  length of the tags, <see cref="TagBytes"/>, 0 where there are none
/// 12  uint32  length of the value
/// 16  double  version
/// 24  double  fresh until       microseconds since 1970, these and the next three; 0 for never
/// 32  double  stale until           while dirty, these two have how many versions are kept beside the entry, and their bytes
/// 40  double  expires
/// 48  double  cached at
/// 56  double  mark: the id of the newest marker while dirty, of the dead letter while it is one
/// 64  uint32  the partition's epoch in which it became clean; of a dirty entry that in which it was written,
///            or compared with its row since
/// 68  uint32  load time in microseconds, at most 71 minutes
///                 while dirty, the TTL and the grace period that its writer gave it, 0 for none (<see cref="SpansCode"/>)
/// </code>
/// <para><b>Bytes of another layout</b>, or of somebody else's, are an error for whoever asks for that key, not a miss:
/// they might be a dirty entry of a newer version. Processes of different layouts are kept apart at their start
/// (<see cref="AgreedSettings.Lasting"/>), so this is a last line of defence, not the way to upgrade.</para>
/// </remarks>
internal static class EntryLayout
{
    /// <summary>The layout that this version reads and writes.</summary>
    public const int Version = 1;

    /// <summary>The bytes of the header.</summary>
    public const int HeaderLength = 72;

    /// <summary>The bytes of the header's front: all that stands before the version.</summary>
    public const int FrontLength = VersionAt;

    /// <summary>The first byte of the version.</summary>
    public const int VersionFirst = VersionAt;

    /// <summary>The last byte of the version.</summary>
    public const int VersionLast = VersionAt + sizeof(double) - 1;

    /// <summary>The bytes of the header from its start to the mark's end: what a settlement changes.</summary>
    public const int SettledLength = MarkAt + sizeof(double);

    /// <summary>Reads a version that was asked for alone; 0 where the key has no entry.</summary>
    public static readonly ReplyParser<long> VersionReply = static (ref reply) =>
        reply.ReadBytes() is { Length: sizeof(double) } bytes ? Number(bytes, 0) : 0;

    private const int MantissaBits = 11;
    private const int StateAt = 1;
    private const int AdoptedAt = 2;
    private const int FateAt = 3;
    private const int TypeLengthAt = 4;
    private const int TagsLengthAt = 8;
    private const int ValueLengthAt = 12;
    private const int VersionAt = 16;
    private const int FreshUntilAt = 24;
    private const int StaleUntilAt = 32;
    private const int ExpiresAt = 40;
    private const int CachedAt = 48;
    private const int MarkAt = 56;
    private const int EpochAt = 64;
    private const int LoadMicrosAt = 68;

    /// <summary>The TTL and the grace period as a dirty entry keeps them, in the lower and the upper half: 0 for none,
    /// else milliseconds with 11 bits and an exponent of 5, so exact up to two seconds and a thousandth too short at
    /// most.</summary>
    public static uint SpansCode(TimeSpan? ttl, TimeSpan? grace) => ((uint)SpanCode(grace) << 16) | SpanCode(ttl);

    /// <summary>Writes the front of a header: layout, state and lengths.</summary>
    public static void WriteFront(Span<byte> bytes, EntryState state, int typeLength, int tagsLength, int valueLength)
    {
        bytes[..FrontLength].Clear();
        bytes[0] = Version;
        bytes[StateAt] = (byte)state;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[TypeLengthAt..], (uint)typeLength);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[TagsLengthAt..], (uint)tagsLength);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ValueLengthAt..], (uint)valueLength);
    }

    /// <summary>Whether the bytes are an entry of this layout, as far as can be seen.</summary>
    public static bool IsEntry(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderLength
        && bytes[0] == Version
        && bytes.Length == HeaderLength + (long)UInt32(bytes, TypeLengthAt) + UInt32(bytes, TagsLengthAt) + UInt32(bytes, ValueLengthAt)
        && TagBytes.IsWhole(Tags(bytes));

    /// <summary>Reads an entry; its value is copied.</summary>
    /// <param name="bytes">The string.</param>
    /// <param name="hasReturned">Whether it is a dirty one that has returned.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static CacheEntry Read(ReadOnlySpan<byte> bytes, bool hasReturned = false)
    {
        if (!IsEntry(bytes))
        {
            throw Foreign("a key of the tier");
        }

        var type = bytes.Slice(HeaderLength, (int)UInt32(bytes, TypeLengthAt));
        var state = (EntryState)bytes[StateAt];
        var isDirty = (state & EntryState.Dirty) != 0;
        return new CacheEntry
        {
            Version = Number(bytes, VersionAt),
            State = state,
            FreshUntil =
                hasReturned ? 0
                : isDirty ? CacheEntry.Never
                : Micros.FromField(Number(bytes, FreshUntilAt)),
            StaleUntil = isDirty ? CacheEntry.Never : Micros.FromField(Number(bytes, StaleUntilAt)),
            ExpiresAt = Micros.FromField(Number(bytes, ExpiresAt)),
            CachedAt = Number(bytes, CachedAt),
            LoadMicros = isDirty ? 0 : UInt32(bytes, LoadMicrosAt),
            IsAdopted = bytes[AdoptedAt] != 0,
            ContentType = MediaTypes.Read(type),
            Tags = TagBytes.Read(Tags(bytes)),
            Value = bytes[(HeaderLength + type.Length + (int)UInt32(bytes, TagsLengthAt))..].ToArray(),
        };
    }

    /// <summary>Whether the bytes are a copy of a row that an earlier release took for one: no double tells its version from
    /// the next one.</summary>
    public static bool IsSpoilt(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderLength && bytes[0] == Version && !IsDirty(bytes) && VersionOf(bytes) > VersionIssuer.Highest;

    /// <summary>Whether the bytes are those of a dirty entry, of its header alone.</summary>
    public static bool IsDirty(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderLength && ((EntryState)bytes[StateAt] & EntryState.Dirty) != 0;

    /// <summary>Whether the header of an entry, or the entry, says of a dirty one all that its settlement has to judge: it
    /// has no tags, no TTL of its own and no versions beside it, and was neither expired nor invalidated.</summary>
    public static bool IsSimple(ReadOnlySpan<byte> header) =>
        ((EntryState)header[StateAt] & ~EntryState.Tombstone) == EntryState.Dirty
        && header[AdoptedAt] == 0
        && header[FateAt] == 0
        && UInt32(header, TagsLengthAt) == 0
        && header[FreshUntilAt..ExpiresAt].IndexOfAnyExcept((byte)0) < 0
        && UInt32(header, LoadMicrosAt) == 0;

    /// <summary>Writes what a simple entry's header is to begin with once it is clean.</summary>
    /// <param name="settled">The first <see cref="SettledLength"/> bytes.</param>
    /// <param name="header">The header of the dirty entry.</param>
    /// <param name="freshUntil">Microseconds since 1970, also the next one.</param>
    /// <param name="staleUntil">Until when it may be served at all.</param>
    public static void WriteSettled(Span<byte> settled, ReadOnlySpan<byte> header, long freshUntil, long staleUntil)
    {
        header[..SettledLength].CopyTo(settled);
        settled[StateAt] = (byte)((EntryState)header[StateAt] & ~EntryState.Dirty);
        BinaryPrimitives.WriteDoubleLittleEndian(settled[FreshUntilAt..], freshUntil);
        BinaryPrimitives.WriteDoubleLittleEndian(settled[StaleUntilAt..], staleUntil);
        BinaryPrimitives.WriteDoubleLittleEndian(settled[MarkAt..], 0);
    }

    /// <summary>The epoch of the partition in which an entry became clean; of a dirty one, was written or compared with its row.</summary>
    public static long Epoch(ReadOnlySpan<byte> bytes) => UInt32(bytes, EpochAt);

    /// <summary>Whether an entry has tags of which one may have been removed, where the partition's last removal has this number.</summary>
    public static bool IsInDoubt(ReadOnlySpan<byte> bytes, long removed)
    {
        var tags = Tags(bytes);
        return !tags.IsEmpty && TagBytes.Number(tags) < removed;
    }

    /// <summary>How many versions are kept beside a dirty entry, and their bytes, of its header alone; none beside
    /// another, or where there is none.</summary>
    public static (long Count, long Bytes) Kept(ReadOnlySpan<byte> header) =>
        header.Length >= HeaderLength && header[0] == Version && ((EntryState)header[StateAt] & EntryState.Dirty) != 0
            ? (Number(header, FreshUntilAt), Number(header, StaleUntilAt))
            : default;

    /// <summary>The version, of the header alone.</summary>
    public static long VersionOf(ReadOnlySpan<byte> header) => Number(header, VersionAt);

    /// <summary>The state, of the header alone.</summary>
    public static EntryState State(ReadOnlySpan<byte> header) => (EntryState)header[StateAt];

    /// <summary>The media type, of an entry's first bytes; null where there is none, or it is not among them.</summary>
    public static string? ContentType(ReadOnlySpan<byte> bytes) =>
        UInt32(bytes, TypeLengthAt) is var length && length <= bytes.Length - HeaderLength
            ? MediaTypes.Read(bytes.Slice(HeaderLength, (int)length))
            : null;

    /// <summary>The bytes of the value, of the header alone; 0 where there is none.</summary>
    public static long ValueLength(ReadOnlySpan<byte> header) =>
        header.Length >= HeaderLength && header[0] == Version ? UInt32(header, ValueLengthAt) : 0;

    /// <summary>The id of an entry's marker, or of its dead letter.</summary>
    public static long Mark(ReadOnlySpan<byte> bytes) => Number(bytes, MarkAt);

    /// <summary>The same entry as a deleted one.</summary>
    public static CacheEntry AsTombstone(CacheEntry entry) =>
        new()
        {
            ContentType = entry.ContentType,
            Tags = entry.Tags,
            Version = entry.Version,
            State = entry.State | EntryState.Tombstone,
            ExpiresAt = entry.ExpiresAt,
            CachedAt = entry.CachedAt,
            LoadMicros = entry.LoadMicros,
        };

    /// <summary>Somebody else's bytes where an entry should be.</summary>
    public static InvalidDataException Foreign(string where) =>
        new(
            $"Under {where} in Redis lies something that is no entry of layout {Version}: another program's, or a newer "
                + "version's. An invalidation of the key removes it."
        );

    private static ushort SpanCode(TimeSpan? span)
    {
        if (span is not { } given)
        {
            return 0;
        }

        var milliseconds = (ulong)given.TotalMilliseconds;
        var exponent = 0;
        for (; milliseconds >= 1 << MantissaBits; milliseconds >>= 1)
        {
            exponent++;
        }

        // Zero is not none.
        return (ushort)(((milliseconds == 0 ? 1 : exponent) << MantissaBits) | (int)milliseconds);
    }

    private static ReadOnlySpan<byte> Tags(ReadOnlySpan<byte> bytes) =>
        bytes.Slice(HeaderLength + (int)UInt32(bytes, TypeLengthAt), (int)UInt32(bytes, TagsLengthAt));

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Number(ReadOnlySpan<byte> bytes, int at) => (long)BinaryPrimitives.ReadDoubleLittleEndian(bytes[at..]);
}
