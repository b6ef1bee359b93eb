using System.Numerics;
using System.Text;

namespace Remanso.Tiers;

/// <summary>Maps keys to partitions: the same for every process and every language.</summary>
internal static class Partition
{
    /// <summary>The number of partitions where none is set.</summary>
    public const int DefaultCount = 64;

    /// <summary>
    /// The partition of a key: CRC-32C (Castagnoli, RFC 3720 appendix B.4) over its UTF-8 bytes, modulo <paramref name="partitions"/>.
    /// </summary>
    public static int Of(string key, int partitions)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> buffer = stackalloc byte[512];
        if (key.Length * 3 > buffer.Length)
        {
            buffer = new byte[Encoding.UTF8.GetByteCount(key)];
        }

        var bytes = buffer[..Encoding.UTF8.GetBytes(key, buffer)];
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return (int)(~crc % (uint)partitions);
    }
}
