namespace Remanso.Watching;

/// <summary>The last changes that were heard, each with its number; those who raise them wait for nobody.</summary>
internal sealed class ChangeRing
{
    /// <summary>How many changes it remembers.</summary>
    public const int Size = 8192;

    private readonly Lock _gate = new();
    private readonly TierChange[] _changes = new TierChange[Size];
    private long _next;
    private bool _isRead;

    /// <summary>The number of the last change.</summary>
    public long Count
    {
        get
        {
            lock (_gate)
            {
                return _next;
            }
        }
    }

    /// <summary>Adds a change.</summary>
    /// <returns>Whether somebody has to begin to read.</returns>
    public bool Add(in TierChange change)
    {
        lock (_gate)
        {
            _changes[_next++ % Size] = change;
            var begins = !_isRead;
            _isRead = true;
            return begins;
        }
    }

    /// <summary>Takes a number without a change: what was told before it has a lower one.</summary>
    public long Skip()
    {
        lock (_gate)
        {
            _changes[_next++ % Size] = default;
            return _next;
        }
    }

    /// <summary>Copies what came after the first <paramref name="read"/> changes, the oldest first.</summary>
    /// <param name="read">How many changes were read; those that are remembered no more are counted in.</param>
    /// <param name="into">Where to.</param>
    /// <param name="isMissing">Whether some of them are remembered no more.</param>
    /// <returns>How many were copied; 0 where there are none, and then the next <see cref="Add"/> returns true.</returns>
    public int Read(ref long read, Span<TierChange> into, out bool isMissing)
    {
        lock (_gate)
        {
            isMissing = _next - read > Size;
            read = Math.Max(read, _next - Size);
            var count = (int)Math.Min(into.Length, _next - read);
            for (var i = 0; i < count; i++)
            {
                into[i] = _changes[(read + i) % Size];
            }

            _isRead = count > 0;
            return count;
        }
    }

    /// <summary>The changes that are remembered of the first <paramref name="upTo"/>, with how many came before them.</summary>
    public (long Before, TierChange[] Changes) Remembered(long upTo)
    {
        lock (_gate)
        {
            var before = Math.Min(Math.Max(0, _next - Size), upTo);
            var changes = new TierChange[upTo - before];
            for (var i = 0; i < changes.Length; i++)
            {
                changes[i] = _changes[(before + i) % Size];
            }

            return (before, changes);
        }
    }
}
