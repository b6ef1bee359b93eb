using System.Collections.Concurrent;

namespace Remanso.WriteBehind;

/// <summary>What one pass over the queues did so far; its lanes share it.</summary>
internal sealed class FlushPass
{
    private long _taken;
    private long _stored;

    /// <summary>Entries taken.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Entries that the store holds now.</summary>
    public long Stored => Volatile.Read(ref _stored);

    /// <summary>The keys that failed, and why.</summary>
    public ConcurrentDictionary<string, string> Failed { get; } = new(StringComparer.Ordinal);

    /// <summary>The transient error that ended a lane, if one did.</summary>
    public Exception? Error { get; set; }

    public void AddTaken(int entries) => Interlocked.Add(ref _taken, entries);

    public void AddStored(int entries) => Interlocked.Add(ref _stored, entries);
}
