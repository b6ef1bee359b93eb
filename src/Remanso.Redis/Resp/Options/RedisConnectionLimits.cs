using System.Numerics;

namespace Remanso;

/// <summary>What one connection may have outstanding, and what it takes for a reply.</summary>
public sealed class RedisConnectionLimits
{
    /// <summary>Commands that wait for their reply; further ones wait unsent, with their callers. 64 to 1,048,576,
    /// rounded up to a power of two. Each place costs 16 bytes. Default 8192.</summary>
    public int MaxOutstandingCommands { get; set; } = 8192;

    /// <summary>Bytes of the commands that wait for their reply; further ones wait unsent. A larger single command
    /// passes alone. At least 64 KiB. Default 32 MiB.</summary>
    public long MaxOutstandingBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>Bytes of one reply; a longer one ends the connection. At least 64 KiB. Default 64 MiB and
    /// 128 KiB: a value of 64 MiB with its header and tags.</summary>
    public int MaxReplyBytes { get; set; } = (64 * 1024 * 1024) + EntryOverhead;

    /// <summary>What an entry may have beside its value, generously: header, media type, 256 tags.</summary>
    internal const int EntryOverhead = 128 * 1024;

    /// <summary>Bytes that may be encoded for one write. Tests lower it.</summary>
    internal int LargestWrite { get; set; } = Array.MaxLength;

    internal int OutstandingPlaces => (int)BitOperations.RoundUpToPowerOf2((uint)MaxOutstandingCommands);

    internal void Validate()
    {
        RedisOptions.Require(MaxOutstandingCommands is >= 64 and <= 1 << 20, nameof(MaxOutstandingCommands), "is not 64 to 1,048,576");
        RedisOptions.Require(MaxOutstandingBytes >= 65536, nameof(MaxOutstandingBytes), "is below 64 KiB");
        RedisOptions.Require(MaxReplyBytes >= 65536, nameof(MaxReplyBytes), "is below 64 KiB");
    }
}
