using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso;

/// <summary>The answer to a read.</summary>
/// <typeparam name="TValue">The value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ReadResult<TValue>
{
    /// <summary>Creates an answer from an entry and its decoded value.</summary>
    public ReadResult(CacheEntry? entry, TValue? value, ReadSource source, ReadFlags flags = ReadFlags.None)
    {
        Entry = entry;
        Value = value;
        Source = source;
        Flags = flags;
    }

    /// <summary>The entry behind the answer: version, content type, state, times. Null where nothing is known of the key.</summary>
    public CacheEntry? Entry { get; }

    /// <summary>The value, where <see cref="Found"/>.</summary>
    public TValue? Value { get; }

    /// <summary>Where the answer came from.</summary>
    public ReadSource Source { get; }

    /// <summary>How it came about.</summary>
    public ReadFlags Flags { get; }

    /// <summary>Whether the key has a value.</summary>
    [MemberNotNullWhen(true, nameof(Entry), nameof(Value))]
    public bool Found => (Flags & ReadFlags.Found) != 0;

    /// <summary>The version; of a known-absent key the tombstone's, or 0.</summary>
    public long Version => Entry?.Version ?? 0;

    /// <summary>Whether this caller joined a load that another one began.</summary>
    public bool Joined => (Flags & ReadFlags.Joined) != 0;

    /// <summary>Whether the value is past its TTL, served because its load failed, was slow (<see cref="ReadFlags.Slow"/>) or had to wait (<see cref="ReadFlags.BackedOff"/>).</summary>
    public bool Stale => (Flags & ReadFlags.Stale) != 0;
}
