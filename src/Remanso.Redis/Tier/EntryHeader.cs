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
/// <param name="Kept">How many versions are kept beside it, and their bytes.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EntryHeader(
    long Version,
    EntryState State,
    long Mark,
    int ValueLength,
    string? ContentType,
    (long Count, long Bytes) Kept
)
{
    /// <summary>How many bytes have all of that.</summary>
    public const int MostBytes = EntryLayout.HeaderLength + Entries.ContentType.MaxLength;

    private static readonly ReplyParser<EntryHeader> _parser = static (ref reply) => Read(reply.ReadBytes());

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
                EntryLayout.ContentType(bytes),
                EntryLayout.Kept(bytes)
            );

    /// <summary>Asks for it. The command is on its way when this returns.</summary>
    /// <param name="client">The client.</param>
    /// <param name="entry">The entry's name.</param>
    /// <param name="bytes">How many bytes of it: the media type stands behind the header.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task<EntryHeader> ReadAsync(IRedisClient client, string entry, int bytes, CancellationToken cancellationToken)
    {
        try
        {
            return await client
                .ExecuteAsync(RedisRoute.FirstKey, _parser, cancellationToken, "GETRANGE", entry, 0, bytes - 1)
                .ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.Code == "WRONGTYPE")
        {
            // Somebody else's: what was there is lost, and must not hold up the others.
            return default;
        }
    }
}
