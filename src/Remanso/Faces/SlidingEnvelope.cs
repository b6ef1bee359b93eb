using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Remanso.Faces;

/// <summary>How a value of the distributed face is kept: a mark, then where it slides the window and the absolute end
/// (microseconds, tier clock), then the caller's bytes.</summary>
/// <param name="Window">How long it lives after each use, in microseconds; 0 where it does not slide.</param>
/// <param name="End">The end that no use postpones; <see cref="long.MaxValue"/> for none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SlidingEnvelope(long Window, long End)
{
    /// <summary>Bytes before those of the caller, at most.</summary>
    public const int MostBytes = SlidingBytes;

    private const byte Plain = 0;
    private const byte Sliding = 1;
    private const int SlidingBytes = 17;

    private static readonly long _longestStep = TimeSpan.FromSeconds(1).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>How much of the window may pass before a use is recorded: a hundredth, at most one second. A key that
    /// is read a thousand times a second costs one write a second, and in return may expire by that much too early,
    /// never too late.</summary>
    public long Step => Math.Min(Window / 100, _longestStep);

    /// <summary>The bytes to keep.</summary>
    public byte[] Wrap(in ReadOnlySequence<byte> value)
    {
        var head = Window > 0 ? SlidingBytes : 1;
        var bytes = new byte[head + value.Length];
        if (Window > 0)
        {
            bytes[0] = Sliding;
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), Window);
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9), End);
        }

        value.CopyTo(bytes.AsSpan(head));
        return bytes;
    }

    /// <summary>Takes what is kept apart.</summary>
    /// <exception cref="FormatException">It was not written by this face.</exception>
    public static SlidingEnvelope Unwrap(ReadOnlyMemory<byte> kept, out ReadOnlyMemory<byte> value)
    {
        switch (kept.IsEmpty ? byte.MaxValue : kept.Span[0])
        {
            case Plain:
                value = kept[1..];
                return default;
            case Sliding when kept.Length >= SlidingBytes:
                value = kept[SlidingBytes..];
                return new(BinaryPrimitives.ReadInt64LittleEndian(kept.Span[1..]), BinaryPrimitives.ReadInt64LittleEndian(kept.Span[9..]));
            default:
                throw new FormatException("The entry was not written by a distributed cache.");
        }
    }
}
