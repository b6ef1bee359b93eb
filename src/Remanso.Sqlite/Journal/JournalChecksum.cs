using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Sqlite.Journal;

/// <summary>CRC-32C over all of a row, the lengths of its parts included.</summary>
internal static class JournalChecksum
{
    public static uint Of(JournalRecord record)
    {
        var entry = record.Entry!;
        var crc = Add(uint.MaxValue, record.Cache);
        crc = Add(crc, record.Key);
        crc = BitOperations.Crc32C(crc, (ulong)entry.Version);
        crc = BitOperations.Crc32C(crc, (ulong)entry.State);
        crc = BitOperations.Crc32C(crc, (ulong)entry.ExpiresAt);
        crc = BitOperations.Crc32C(crc, (ulong)entry.CachedAt);
        crc = BitOperations.Crc32C(crc, (ulong)record.FailedAt);
        crc = Add(crc, entry.ContentType);
        crc = Add(crc, record.Error);
        crc = Add(crc, JournalTags.Join(entry.Tags));
        return ~Add(crc, entry.Value.Span);
    }

    private static uint Add(uint crc, string? text)
    {
        if (text is null)
        {
            return BitOperations.Crc32C(crc, ulong.MaxValue);
        }

        Span<byte> bytes = stackalloc byte[CacheKey.MaxBytes];
        return text.Length * 3 <= bytes.Length
            ? Add(crc, bytes[..Encoding.UTF8.GetBytes(text, bytes)])
            : Add(crc, Encoding.UTF8.GetBytes(text));
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = BitOperations.Crc32C(crc, (ulong)bytes.Length);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var rest in bytes[^(bytes.Length % sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return crc;
    }
}
