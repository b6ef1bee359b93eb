using System.Runtime.InteropServices;

namespace Remanso.Redis.Resp.Protocol;

// Bytes are not copied. They must stay as they are until the command has completed, because a redirect or a script
// reload sends them again. Only memory that no array backs is copied.

/// <summary>
/// One argument of a command: text, bytes or an integer, in 16 bytes and without boxing, so that a call site writes
/// <c>"HSET", key, "v", value, "ver", 42</c> and the arguments travel as a span on the stack.
/// </summary>
internal readonly struct RespArg
{
    private readonly object? _reference;
    private readonly long _bits;

    private RespArg(object? reference, long bits)
    {
        _reference = reference;
        _bits = bits;
    }

    /// <summary>The text, when it is text.</summary>
    public string? Text => _reference as string;

    /// <summary>Whether it is an integer, <see cref="Integer"/>.</summary>
    public bool IsInteger => _reference is null;

    public long Integer => _bits;

    /// <summary>The bytes, when it is neither text nor integer.</summary>
    public ReadOnlySpan<byte> Bytes => new((byte[])_reference!, (int)(_bits >> 32), (int)(_bits & int.MaxValue));

    public static implicit operator RespArg(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(text, 0);
    }

    public static implicit operator RespArg(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return new(bytes, bytes.Length);
    }

    public static implicit operator RespArg(long integer) => new(null, integer);

    public static implicit operator RespArg(int integer) => new(null, integer);

    public static implicit operator RespArg(Memory<byte> bytes) => (ReadOnlyMemory<byte>)bytes;

    public static implicit operator RespArg(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Array is { } array
            ? new RespArg(array, ((long)segment.Offset << 32) | (uint)segment.Count)
            : (RespArg)bytes.ToArray();

    /// <summary>The text of a command's name, for messages; values are never shown.</summary>
    public override string ToString() => Text ?? (IsInteger ? "integer" : "bytes");
}
