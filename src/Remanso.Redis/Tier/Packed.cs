using System.Buffers.Binary;
using System.Buffers.Text;

namespace Remanso.Redis.Tier;

/// <summary>Packs numbers for a script into one argument: the server's part in each argument costs it more than a number in Lua.</summary>
internal ref struct Packed(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;
    private int _at;

    /// <summary>How many bytes were added.</summary>
    public readonly int Length => _at;

    /// <summary>What nothing was added to yet.</summary>
    public readonly Span<byte> Rest => _bytes[_at..];

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

    /// <summary>The digits of a number behind how many they are, one byte (<c>Bc0</c>): what a command takes as text.</summary>
    public void AddDigits(long value)
    {
        Utf8Formatter.TryFormat(value, _bytes[(_at + 1)..], out var length);
        Add((byte)length);
        _at += length;
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
