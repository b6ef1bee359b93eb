using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;

namespace Remanso.AspNetCore.Http;

/// <summary>The bytes of a body: in the buffer of its connection, until they are released, or in an array.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct RequestBytes
{
    private readonly PipeReader? _reader;

    /// <summary>Bytes in the buffer of a connection.</summary>
    public RequestBytes(PipeReader reader, ReadOnlySequence<byte> bytes)
    {
        _reader = reader;
        Bytes = bytes;
    }

    /// <summary>Bytes in an array.</summary>
    public RequestBytes(ReadOnlyMemory<byte> bytes) => Bytes = new ReadOnlySequence<byte>(bytes);

    public ReadOnlySequence<byte> Bytes { get; }

    /// <summary>The bytes for good, in an array of their length.</summary>
    public byte[] Keep()
    {
        if (_reader is null && MemoryMarshal.TryGetArray(Bytes.First, out var segment) && segment.Array!.Length == segment.Count)
        {
            return segment.Array;
        }

        var kept = Bytes.ToArray();
        Release();
        return kept;
    }

    /// <summary>Hands the bytes back.</summary>
    public void Release()
    {
        try
        {
            _reader?.AdvanceTo(Bytes.End);
        }
        catch (Exception exception) when (RequestBody.IsBroken(exception))
        {
            // A stream of HTTP/2 that its client has given up meanwhile takes nothing back.
        }
    }
}
