using Remanso.Tiers.Memory;

namespace Remanso.Server.Commands.Plan;

/// <summary>Reads and writes in the order of their times: what a plan replays.</summary>
internal sealed class Trace
{
    /// <summary>The most calls that are held, some 50 bytes each while they are read.</summary>
    public const int MostCalls = 20_000_000;

    private readonly Dictionary<string, int> _indexes;
    private readonly byte[] _content;

    private Trace(TracedCall[] calls, string[] keys, int mostBytes)
    {
        Calls = calls;
        Keys = keys;
        _content = new byte[mostBytes];
        _indexes = new Dictionary<string, int>(keys.Length, StringComparer.Ordinal);
        for (var key = 0; key < keys.Length; key++)
        {
            _indexes.Add(keys[key], key);
        }
    }

    /// <summary>The calls; the first one is at 0.</summary>
    public TracedCall[] Calls { get; }

    /// <summary>The keys.</summary>
    public string[] Keys { get; }

    /// <summary>The lengths of the keys' values in the database before the first call; <see cref="TracedCall.Absent"/>
    /// where there is none.</summary>
    public required int[] FirstBytes { get; init; }

    public long Reads { get; private init; }

    public long Writes { get; private init; }

    public long Deletes { get; private init; }

    /// <summary>Bytes that hold every key with its largest value, as a memory tier accounts for them.</summary>
    public long Footprint { get; private init; }

    /// <summary>How many calls were out of their order, and were sorted.</summary>
    public long Unsorted { get; private init; }

    /// <summary>Whether a read tells the cost of its query.</summary>
    public bool HasCosts { get; private init; }

    /// <summary>From the first call to the last.</summary>
    public TimeSpan Duration => TimeSpan.FromMicroseconds(Calls.Length == 0 ? 0 : Calls[^1].Micros);

    /// <summary>The key's index in <see cref="Keys"/>.</summary>
    public int IndexOf(string key) => _indexes[key];

    /// <summary>Memory that stands for a value of so many bytes: values have a length here and no content, so all of
    /// them are the same memory.</summary>
    public ReadOnlyMemory<byte> Value(int bytes) => _content.AsMemory(0, bytes);

    /// <summary>Makes a trace of calls at any times, in any order: those of one time stay in the order given.</summary>
    /// <param name="calls">At least one call.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="unlessTold">The length of values of which no call tells it.</param>
    public static Trace Of(List<TracedCall> calls, string[] keys, int unlessTold)
    {
        var unsorted = 0L;
        var latest = calls[0].Micros;
        foreach (var call in calls)
        {
            unsorted += call.Micros < latest ? 1 : 0;
            latest = Math.Max(latest, call.Micros);
        }

        TracedCall[] sorted = unsorted == 0 ? [.. calls] : [.. calls.OrderBy(static call => call.Micros)];
        var start = sorted[0].Micros;
        var first = new int[keys.Length];
        var largest = new int[keys.Length];
        Array.Fill(first, TracedCall.Unknown);
        Array.Fill(largest, TracedCall.Unknown);
        long reads = 0,
            writes = 0;
        var hasCosts = false;
        foreach (ref var call in sorted.AsSpan())
        {
            call = call with { Micros = call.Micros - start };
            reads += call.Kind == CallKind.Read ? 1 : 0;
            writes += call.Kind == CallKind.Write ? 1 : 0;
            hasCosts |= call.CostMicros >= 0;
            first[call.Key] = first[call.Key] == TracedCall.Unknown ? call.Bytes : first[call.Key];
            largest[call.Key] = Math.Max(largest[call.Key], call.Bytes);
        }

        var footprint = 0L;
        for (var key = 0; key < keys.Length; key++)
        {
            first[key] = first[key] == TracedCall.Unknown ? unlessTold : first[key];
            footprint += MemorySlot.Overhead + (2L * keys[key].Length) + (largest[key] < 0 ? unlessTold : largest[key]);
        }

        return new Trace(sorted, keys, Math.Max(unlessTold, largest.Max()))
        {
            FirstBytes = first,
            Reads = reads,
            Writes = writes,
            Deletes = sorted.Length - reads - writes,
            Footprint = footprint,
            Unsorted = unsorted,
            HasCosts = hasCosts,
        };
    }
}
