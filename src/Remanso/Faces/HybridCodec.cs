using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.Faces;

/// <summary>Finds the payload again that owns the memory, where it never left this process.</summary>
internal sealed class HybridCodec : IValueCodec<HybridPayload>
{
    public string ContentType => "application/octet-stream";

    public ReadOnlyMemory<byte> Encode(HybridPayload value) => value.Memory;

    public HybridPayload Decode(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetMemoryManager<byte, HybridPayload>(bytes, out var payload) ? payload : new HybridPayload(bytes);
}
