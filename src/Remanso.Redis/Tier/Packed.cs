using System.Buffers.Binary;

namespace Remanso.Redis.Tier;

/// <summary>Packs numbers for a script into one argument: the server's part in each argument costs it more than a number in Lua.</summary>
internal ref struct Packed(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;
    private int _at;

    public void Add(byte value) => _bytes[_at++] = value;

    /// <summary>An integer, as the double that it is in Lua.</summary>
    public void Add(long value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_bytes[_at..], value);
        _at += sizeof(double);
    }

    /// <summary>A number of four bytes (<c>I4</c>).</summary>
    public void Add(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes[_at..], value);
        _at += sizeof(uint);
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes[_at..]);
        _at += bytes.Length;
    }

    /// <summary>Leaves bytes to others.</summary>
    /// <returns>The bytes.</returns>
    public Span<byte> Skip(int length)
    {
        var skipped = _bytes.Slice(_at, length);
        _at += length;
        return skipped;
    }
}
