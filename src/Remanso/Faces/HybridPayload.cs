using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.Faces;

// It is the owner of the memory that the tier gets. So the object travels with the bytes through whatever stays inside
// this process (the memory tier, a flight's callers, the near cache), without these parts knowing of objects; a remote
// tier sends the bytes alone.
//
// The bytes: a kind, the mark of the type (HybridType.Mark), what the serializer wrote.

/// <summary>
/// A value of the hybrid face: its bytes, and with them the object, where callers may share it.
/// </summary>
internal sealed class HybridPayload(ReadOnlyMemory<byte> bytes) : MemoryManager<byte>
{
    /// <summary>Bytes before those of the serializer.</summary>
    public const int HeadBytes = 5;

    private const byte Null = 0;
    private const byte Value = 1;

    private readonly ReadOnlyMemory<byte> _bytes = bytes;
    private object? _shared;
    private long _localUntil = CacheEntry.Never;

    /// <summary>The one instance for all callers; null where there is none yet, or must not be one.</summary>
    public object? Shared => _shared;

    /// <summary>Until when this process may serve it without asking a remote tier (microseconds, the face's clock).</summary>
    public long LocalUntil
    {
        get => Volatile.Read(ref _localUntil);
        set => Volatile.Write(ref _localUntil, value);
    }

    /// <summary>Whether it is a null of this type.</summary>
    public bool IsNull => _bytes.Length >= HeadBytes && _bytes.Span[0] == Null;

    /// <summary>What the serializer wrote.</summary>
    public ReadOnlyMemory<byte> Content => _bytes[HeadBytes..];

    /// <summary>Writes the bytes before the content.</summary>
    public static void WriteHead(Span<byte> head, uint mark, bool isNull)
    {
        head[0] = isNull ? Null : Value;
        BinaryPrimitives.WriteUInt32LittleEndian(head[1..], mark);
    }

    /// <summary>Whether it was written as this type.</summary>
    public bool Is(uint mark) =>
        _bytes.Length >= HeadBytes && _bytes.Span[0] is Null or Value && BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Span[1..]) == mark;

    /// <summary>Makes an instance the one for all callers, unless there is one.</summary>
    /// <returns>The one.</returns>
    public object Share(object instance) => Interlocked.CompareExchange(ref _shared, instance, null) ?? instance;

    public override Span<byte> GetSpan() => MemoryMarshal.AsMemory(_bytes).Span;

    public override MemoryHandle Pin(int elementIndex = 0) => _bytes[elementIndex..].Pin();

    public override void Unpin()
    {
        // The handle that Pin gave holds the array, not this.
    }

    protected override void Dispose(bool disposing)
    {
        // The memory is the collector's.
    }
}
