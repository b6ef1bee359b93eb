using System.Buffers.Text;
using System.Text;

namespace Remanso.Redis.Resp.Topology;

/// <summary>Which of the 16,384 slots a key belongs to (Redis Cluster specification, "Key distribution model" and
/// "Hash tags").</summary>
internal static class HashSlot
{
    public const int Count = 16384;

    private static readonly ushort[] _table = MakeTable();

    public static int Of(in RespArg key)
    {
        if (key.IsInteger)
        {
            Span<byte> digits = stackalloc byte[20];
            Utf8Formatter.TryFormat(key.Integer, digits, out var length);
            return Of(digits[..length]);
        }
        if (key.Text is not { } text)
        {
            return Of(key.Bytes);
        }
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var bytes = most <= 1024 ? stackalloc byte[most] : new byte[most];
        return Of(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }

    public static int Of(ReadOnlySpan<byte> key)
    {
        // Only what stands between the first { and the next } counts, unless that is nothing.
        var open = key.IndexOf((byte)'{');
        if (open >= 0)
        {
            var length = key[(open + 1)..].IndexOf((byte)'}');
            if (length > 0)
            {
                key = key.Slice(open + 1, length);
            }
        }
        return Crc16(key) % Count;
    }

    /// <summary>CRC-16/XMODEM: polynomial 0x1021, most significant bit first, starting from 0.</summary>
    private static ushort Crc16(ReadOnlySpan<byte> bytes)
    {
        ushort crc = 0;
        foreach (var b in bytes)
        {
            crc = (ushort)((crc << 8) ^ _table[((crc >> 8) ^ b) & 0xff]);
        }
        return crc;
    }

    private static ushort[] MakeTable()
    {
        var table = new ushort[256];
        for (var i = 0; i < table.Length; i++)
        {
            var crc = i << 8;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
            table[i] = (ushort)crc;
        }
        return table;
    }
}
