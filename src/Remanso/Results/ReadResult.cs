using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using Remanso.Common;
using Remanso.Entries;

namespace Remanso;

/// <summary>The answer to a read.</summary>
/// <typeparam name="TValue">The value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ReadResult<TValue>
{
    // The entry, or the error of a read that failed: a field of its own would make every answer larger.
    private readonly object? _entry;

    /// <summary>Makes an answer with a value: for what stands in for a cache in a test.</summary>
    /// <param name="value">The value.</param>
    /// <param name="version">Its version.</param>
    /// <param name="source">Where it is to come from.</param>
#pragma warning disable CA1000 // A constructor of these arguments would be taken for the other one where the value is bytes.
    public static ReadResult<TValue> Of(TValue value, long version, ReadSource source = ReadSource.Tier) =>
        new(new CacheEntry { Version = version }, value, source, ReadFlags.Found);
#pragma warning restore CA1000

    internal ReadResult(CacheEntry? entry, TValue? value, ReadSource source, ReadFlags flags = ReadFlags.None)
    {
        _entry = entry;
        Value = value;
        Source = source;
        Flags = flags & ~ReadFlags.Failed;
    }

    internal ReadResult(Exception error)
    {
        _entry = error;
        Source = ReadSource.Tier;
        Flags = ReadFlags.Failed;
    }

    /// <summary>The entry behind the answer. Null where nothing is known of the key.</summary>
    internal CacheEntry? Entry => (Flags & ReadFlags.Failed) == 0 ? Unsafe.As<CacheEntry?>(_entry) : null;

    /// <summary>Why this one of many keys could not be read (<see cref="ICache{TKey, TValue}.GetManyAsync"/>,
    /// <see cref="ICache{TKey, TValue}.GetOrLoadManyAsync"/>), <see cref="UnreadableValueException"/> among the reasons;
    /// null where it could. A read of one key throws instead.</summary>
    public Exception? Error => (Flags & ReadFlags.Failed) != 0 ? Unsafe.As<Exception>(_entry) : null;

    /// <summary>The value, where <see cref="Found"/>.</summary>
    public TValue? Value { get; }

    /// <summary>Where the answer came from.</summary>
    public ReadSource Source { get; }

    /// <summary>How it came about.</summary>
    public ReadFlags Flags { get; }

    /// <summary>Whether the key has a value. Throws where that is not known, for there is an <see cref="Error"/>: a key
    /// that can't be read is not an absent one.</summary>
    [MemberNotNullWhen(true, nameof(Entry), nameof(Value))]
    public bool Found =>
        (Flags & (ReadFlags.Found | ReadFlags.Failed)) is var known && (known == ReadFlags.Found || (known != 0 && Throw()));

    /// <summary>The version; of a known-absent key the tombstone's, or 0.</summary>
    public long Version => Entry?.Version ?? 0;

    /// <summary>The media type that its writer gave the value (RFC 9110), or null.</summary>
    public string? ContentType => Entry?.ContentType;

    /// <summary>The tags by which it can be removed together with others.</summary>
    public IReadOnlyList<string> Tags => Entry?.Tags ?? [];

    /// <summary>Whether the backing store does not have this version yet.</summary>
    public bool IsDirty => Entry?.IsDirty ?? false;

    /// <summary>When this value came into the tier, by a write or a fill; null where nothing is known of the key.</summary>
    public DateTimeOffset? CachedAt => Entry is { } entry ? Micros.ToTime(entry.CachedAt) : null;

    /// <summary>Until when it is served without a load, the jittered end of its TTL; null while it is dirty, or for good.</summary>
    public DateTimeOffset? FreshUntil => Entry is { } entry ? Micros.ToTime(entry.FreshUntil) : null;

    /// <summary>The end of the data's own lifetime; null where it has none.</summary>
    public DateTimeOffset? ExpiresAt => Entry is { } entry ? Micros.ToTime(entry.ExpiresAt) : null;

    /// <summary>Whether this caller joined a load that another one began.</summary>
    public bool Joined => (Flags & ReadFlags.Joined) != 0;

    /// <summary>Whether the value is past its TTL, served because its load failed, was slow
    /// (<see cref="ReadFlags.Slow"/>) or had to wait (<see cref="ReadFlags.BackedOff"/>).</summary>
    public bool Stale => (Flags & ReadFlags.Stale) != 0;

    private bool Throw()
    {
        ExceptionDispatchInfo.Throw(Error!);
        return false;
    }

    // What the compiler writes would ask for Found.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"Value = {Value}, Source = {Source}, Flags = {Flags}, Version = {Version}");
        return true;
    }
}
