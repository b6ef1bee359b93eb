using System.Diagnostics;
using System.Runtime.InteropServices;
using Remanso.Tiers;

namespace Remanso.Telemetry;

// Best effort, and bounded: beyond its bounds, writes stay without a link.

/// <summary>The traces that wrote keys of one cache through this process and whose writes are not stored yet, so that
/// the flush which stores them can be linked to each. Nothing is kept, nor looked at, where nobody listens to
/// activities or the current one is not recorded.</summary>
internal sealed class WriteTraces
{
    private const int MostKeys = 4096;
    private const int MostOfKey = 16;

    // What exporters keep of a span's links unless they are told otherwise.
    private const int MostLinks = 128;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Note>> _notes = new(StringComparer.Ordinal);
    private volatile bool _hasNotes;

    /// <summary>A write is about to be made: returns the name of its trace, as W3C's <c>traceparent</c> has it; or null.</summary>
    public string? Begin(string key)
    {
        if (!RemansoMeter.Activities.HasListeners() || Activity.Current is not { Recorded: true, IdFormat: ActivityIdFormat.W3C } current)
        {
            return null;
        }

        lock (_lock)
        {
            if (!_notes.TryGetValue(key, out var notes))
            {
                if (_notes.Count == MostKeys)
                {
                    // Of writes that were refused, or that other processes stored: all are old but the newest.
                    _notes.Clear();
                }

                _notes.Add(key, notes = []);
            }

            if (notes.Count < MostOfKey)
            {
                notes.Add(new Note(current.Context, Version: 0));
            }

            _hasNotes = true;
        }

        return current.Id;
    }

    /// <summary>A write was accepted.</summary>
    public void Written(string key, long version)
    {
        if (_hasNotes && Activity.Current is { } current)
        {
            Written(key, version, current.SpanId);
        }
    }

    /// <summary>Links to the writes that a batch stores; null for none.</summary>
    public List<ActivityLink>? LinksTo(IEnumerable<TakenEntry> batch)
    {
        List<ActivityLink>? links = null;
        HashSet<ActivitySpanId>? known = null;
        lock (_lock)
        {
            foreach (var taken in batch)
            {
                if (taken.TraceParent is not null && ActivityContext.TryParse(taken.TraceParent, null, isRemote: true, out var queued))
                {
                    Add(queued);
                }

                foreach (var note in _notes.GetValueOrDefault(taken.Key) ?? [])
                {
                    // One without a version may be in this batch, or come after it: it is linked to both.
                    if (note.Version <= taken.Entry.Version)
                    {
                        Add(note.Context);
                    }
                }
            }
        }

        return links;

        void Add(ActivityContext context)
        {
            if ((known ??= []).Count < MostLinks && known.Add(context.SpanId))
            {
                (links ??= []).Add(new ActivityLink(context));
            }
        }
    }

    /// <summary>These are stored.</summary>
    public void Stored(IEnumerable<Settlement> settlements)
    {
        if (!_hasNotes)
        {
            return;
        }

        lock (_lock)
        {
            foreach (var settlement in settlements)
            {
                if (_notes.TryGetValue(settlement.Taken.Key, out var notes))
                {
                    notes.RemoveAll(note => note.Version > 0 && note.Version <= settlement.Taken.Entry.Version);
                    if (notes.Count == 0)
                    {
                        _notes.Remove(settlement.Taken.Key);
                    }
                }
            }

            _hasNotes = _notes.Count > 0;
        }
    }

    private void Written(string key, long version, ActivitySpanId span)
    {
        lock (_lock)
        {
            if (_notes.TryGetValue(key, out var notes))
            {
                var i = notes.FindIndex(note => note.Version == 0 && note.Context.SpanId == span);
                if (i >= 0)
                {
                    notes[i] = notes[i] with { Version = version };
                }
            }
        }
    }

    /// <param name="Context">Who wrote.</param>
    /// <param name="Version">The version that was written; 0 as long as it is not known.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Note(ActivityContext Context, long Version);
}
