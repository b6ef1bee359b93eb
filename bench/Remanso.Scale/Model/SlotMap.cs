using System.Text;

namespace Remanso.Scale.Model;

/// <summary>Which master of a cluster holds a partition: as Redis counts it, slots in equal runs.</summary>
internal static class SlotMap
{
    private const int Slots = 16_384;

    /// <summary>The master of each partition of the cache <c>default</c>.</summary>
    public static int[] Of(int partitions, int masters) =>
        [.. Enumerable.Range(0, partitions).Select(index => Crc16(Encoding.ASCII.GetBytes($"default:{index}")) % Slots * masters / Slots)];

    /// <summary>The part of all keys that the fullest master holds.</summary>
    public static double FullestPart(int partitions, int masters) =>
        Of(partitions, masters).CountBy(static master => master).Max(static count => count.Value) / (double)partitions;

    // CRC-16/XMODEM, as the specification of Redis Cluster has it.
    private static int Crc16(byte[] bytes)
    {
        var crc = 0;
        foreach (var b in bytes)
        {
            crc ^= b << 8;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? ((crc << 1) ^ 0x1021) & 0xFFFF : (crc << 1) & 0xFFFF;
            }
        }

        return crc;
    }
}
