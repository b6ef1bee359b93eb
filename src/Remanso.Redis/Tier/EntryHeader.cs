using System.Runtime.InteropServices;
using Remanso.Entries;
using Remanso.Redis.Resp;

namespace Remanso.Redis.Tier;

/// <summary>What the first bytes of an entry tell of it.</summary>
/// <param name="Version">The version; 0 where there is no entry, or something else.</param>
/// <param name="State">The state.</param>
/// <param name="Mark">The id of its marker, or of its dead letter.</param>
/// <param name="ValueLength">The bytes of the value.</param>
/// <param name="ContentType">The media type, or null.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EntryHeader(long Version, EntryState State, long Mark, int ValueLength, string? ContentType)
{
    /// <summary>How many bytes have all of that.</summary>
    public const int MostBytes = EntryLayout.HeaderLength + Entries.ContentType.MaxLength;

    /// <summary>Reads it from a reply.</summary>
    public static readonly ReplyParser<EntryHeader> Parser = static (ref reply) => Read(reply.ReadBytes());

    public bool IsDirty => (State & EntryState.Dirty) != 0;

    public bool IsDeadLetter => (State & EntryState.DeadLetter) != 0;

    public bool IsTombstone => (State & EntryState.Tombstone) != 0;

    /// <summary>Reads the first bytes of an entry.</summary>
    public static EntryHeader Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length < EntryLayout.HeaderLength || bytes[0] != EntryLayout.Version
            ? default
            : new(
                EntryLayout.VersionOf(bytes),
                EntryLayout.State(bytes),
                EntryLayout.Mark(bytes),
                (int)EntryLayout.ValueLength(bytes),
                EntryLayout.ContentType(bytes)
            );
}
