namespace Remanso.Tiers;

/// <summary>Hears what happens in a tier, on this node or another. Calls come from the tier's own path: they return at
/// once, never throw, and may come twice. Each signal is ignored unless implemented. A remote tier may lose some; it
/// then calls <see cref="OnMissed"/>.</summary>
internal interface ITierObserver
{
    /// <summary>Whether <see cref="OnChanged"/> is of interest; the same at all times, true unless implemented. A
    /// remote tier sends changes only where an observer wants them, as there is one for every write; then no call of
    /// the tier that begins after the subscription reads anything of which a later change goes unheard.</summary>
    bool HearsChanges => true;

    /// <summary>The key was written (<paramref name="version"/> is the new one) or invalidated (0).</summary>
    void OnChanged(string key, long version) { }

    /// <summary>The key was deleted (<paramref name="version"/> is the tombstone's).</summary>
    void OnRemoved(string key, long version) => OnChanged(key, version);

    /// <summary>Every clean entry was invalidated.</summary>
    void OnCleared() { }

    /// <summary>Clean entries that carried the tag were removed: all, or those of one partition, whose turn the others have, too.</summary>
    void OnTagRemoved(string tag) { }

    /// <summary>The store holds this version of the key or a higher one.</summary>
    void OnStored(string key, long version) { }

    /// <summary>The store has a higher version of the key, written by others, instead of this one and those before it.</summary>
    void OnSuperseded(string key, long version, long winner) { }

    /// <summary>The store refused this version of the key for good.</summary>
    void OnDeadLettered(string key, long version, string error) { }

    /// <summary>A flush is worth starting before its interval is over: an urgent write came, or a batch is full.</summary>
    /// <param name="isUrgent">Whether a write that somebody waits for came.</param>
    /// <param name="partition">Whose flush it is; null where a tier of this process alone doesn't say.</param>
    void OnFlushWanted(bool isUrgent, int? partition) { }

    /// <summary>Where nothing was dirty, something is. Only a tier of this process alone says so, perhaps while it holds
    /// locks.</summary>
    void OnDirty() { }

    /// <summary>Signals may have been lost: whatever was derived from them is in doubt.</summary>
    void OnMissed() { }

    /// <summary>From now on signals are being lost, of all keys or some, until <see cref="OnRestored"/>.</summary>
    void OnLost() { }

    /// <summary>After <see cref="OnLost"/>: signals of all keys come again, and <see cref="OnMissed"/> was called. What
    /// the tier answers from now on is followed by signals.</summary>
    void OnRestored() { }
}
