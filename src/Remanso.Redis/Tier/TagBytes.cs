using System.Buffers.Binary;
using System.Text;

namespace Remanso.Redis.Tier;

/// <summary>Tags as bytes: each in UTF-8 behind its length, a uint16.</summary>
internal static class TagBytes
{
    private const int NumberLength = sizeof(double);

    /// <summary>The bytes of tags; none where there are none.</summary>
    public static byte[] Pack(IReadOnlyList<string>? tags)
    {
        if (tags is null or { Count: 0 })
        {
            return [];
        }

        var bytes = new byte[Length(tags)];
        Write(tags, bytes);
        return bytes;
    }

    /// <summary>The bytes of tags behind the number of the last removal that they have outlived: the form in which an
    /// entry has them.</summary>
    public static byte[] Pack(IReadOnlyList<string>? tags, long number)
    {
        if (tags is null or { Count: 0 })
        {
            return [];
        }

        var bytes = new byte[NumberLength + Length(tags)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        Write(tags, bytes.AsSpan(NumberLength));
        return bytes;
    }

    /// <summary>The number of the last removal that an entry's tags have outlived.</summary>
    public static long Number(ReadOnlySpan<byte> bytes) => (long)BinaryPrimitives.ReadDoubleLittleEndian(bytes);

    /// <summary>Whether bytes are none, or a number and whole tags.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return true;
        }

        if (bytes.Length <= NumberLength)
        {
            return false;
        }

        bytes = bytes[NumberLength..];
        while (bytes.Length >= sizeof(ushort))
        {
            var end = sizeof(ushort) + BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            if (end > bytes.Length)
            {
                return false;
            }

            bytes = bytes[end..];
        }

        return bytes.IsEmpty;
    }

    /// <summary>The tags of an entry, which are whole; null where there are none.</summary>
    public static IReadOnlyList<string>? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return null;
        }

        bytes = bytes[NumberLength..];
        var tags = new List<string>(4);
        while (!bytes.IsEmpty)
        {
            var end = sizeof(ushort) + BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            tags.Add(Encoding.UTF8.GetString(bytes[sizeof(ushort)..end]));
            bytes = bytes[end..];
        }

        return tags;
    }

    private static int Length(IReadOnlyList<string> tags) => tags.Sum(static tag => sizeof(ushort) + Encoding.UTF8.GetByteCount(tag));

    private static void Write(IReadOnlyList<string> tags, Span<byte> rest)
    {
        foreach (var tag in tags)
        {
            var length = Encoding.UTF8.GetBytes(tag, rest[sizeof(ushort)..]);
            BinaryPrimitives.WriteUInt16LittleEndian(rest, checked((ushort)length));
            rest = rest[(sizeof(ushort) + length)..];
        }
    }
}
