using Remanso.Entries;

namespace Remanso.AspNetCore.OutputCaching;

/// <summary>A response as the output cache keeps it: a type of its own, so that no cache of an application's is taken
/// for this one.</summary>
internal sealed record OutputEntry(ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The bytes as they are.</summary>
    internal sealed class Codec : IValueCodec<OutputEntry>
    {
        public string ContentType => "application/octet-stream";

        public ReadOnlyMemory<byte> Encode(OutputEntry value) => value.Bytes;

        public OutputEntry Decode(ReadOnlyMemory<byte> bytes) => new(bytes);
    }
}
