using Remanso.Tiers;

namespace Remanso.WriteBehind;

// Whoever flushes by hand is not alone: other workers, or this one's own passes, store and refuse a part of what was
// dirty at the call. What became of that part is told by the tier alone: the age of what is dirty, and dead letters
// that were none before. And where no worker is alive, or the database takes nothing, it would be told never.

/// <summary>What a flush by hand waits for: that nothing is dirty any more that was when it began, or that this gets no
/// further.</summary>
internal sealed class FlushWatch
{
    // Less is what the clocks of the tier and of this process differ by.
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan _shortestDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _longestDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _wishEvery = TimeSpan.FromSeconds(1);

    private readonly ICacheTier _tier;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly HashSet<(string Key, long At)> _refusedBefore;
    private readonly long _began;
    private int[]? _partitions;
    private DirtySummary _dirty;

    // How long after the beginning the last look was asked for: its ages are of that moment or later, however late it is heard.
    private TimeSpan _looked;
    private long _moved;
    private long _fewest;
    private TimeSpan _oldestBegan;
    private long? _wished;
    private TimeSpan _delay = _shortestDelay;

    private FlushWatch(ICacheTier tier, TimeSpan patience, TimeProvider time, HashSet<(string, long)> refusedBefore, DirtySummary dirty)
    {
        (_tier, _patience, _time, _refusedBefore, _dirty) = (tier, patience, time, refusedBefore, dirty);
        _began = _moved = time.GetTimestamp();
        Before = _fewest = dirty.Entries;
        _oldestBegan = -dirty.OldestAge;
    }

    /// <summary>Whether nothing is left of what was dirty when this began.</summary>
    public bool IsDone => _dirty.Entries == 0 || _dirty.OldestAge < _looked;

    /// <summary>How much was dirty when this began.</summary>
    public long Before { get; }

    /// <summary>Whether less and less of it was left, not long ago.</summary>
    public bool Moves => _time.GetElapsedTime(_moved) < _patience;

    /// <param name="tier">The tier.</param>
    /// <param name="patience">For how long nothing may happen.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<FlushWatch> BeginAsync(
        ICacheTier tier,
        TimeSpan patience,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var dirty = await tier.GetDirtyAsync(cancellationToken).ConfigureAwait(false);
        HashSet<(string, long)> refused = [];
        if (dirty.DeadLetters > 0)
        {
            refused =
            [
                .. (await ListAsync(tier, dirty, cancellationToken).ConfigureAwait(false)).Select(static one => (one.Key, one.AtMicros)),
            ];
            dirty = await tier.GetDirtyAsync(cancellationToken).ConfigureAwait(false);
        }

        return new FlushWatch(tier, patience, time, refused, dirty);
    }

    /// <summary>Asks the workers that hold the rest to flush, now and then: the next pass of theirs may be hours away.</summary>
    public void AskOthers()
    {
        if (_wished is not { } wished || _time.GetElapsedTime(wished) >= _wishEvery)
        {
            _wished = _time.GetTimestamp();
            _tier.WantFlush(key: null);
        }
    }

    /// <summary>Waits before the next look, the longer the less happens: each look asks for every partition.</summary>
    public Task DelayAsync(CancellationToken cancellationToken)
    {
        var delay = _delay;
        _delay = delay * 2 < _longestDelay ? delay * 2 : _longestDelay;
        return Task.Delay(delay, _time, cancellationToken);
    }

    /// <summary>From now on it is about some partitions alone.</summary>
    public void Narrow(IEnumerable<int> partitions) => _partitions = [.. partitions];

    /// <summary>Waits until nothing is left, or it gets no further.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (!IsDone && Moves)
        {
            AskOthers();
            await DelayAsync(cancellationToken).ConfigureAwait(false);
            await LookAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        _looked = _time.GetElapsedTime(_began);
        _dirty = _partitions switch
        {
            null => await _tier.GetDirtyAsync(cancellationToken).ConfigureAwait(false),
            [] => default,
            var partitions => await _tier.GetDirtyAsync(partitions, cancellationToken).ConfigureAwait(false),
        };
        var oldestBegan = _looked - _dirty.OldestAge;
        if (_dirty.Entries < _fewest || oldestBegan - _oldestBegan >= _step)
        {
            _moved = _time.GetTimestamp();
            _delay = _shortestDelay;
            (_fewest, _oldestBegan) = (Math.Min(_fewest, _dirty.Entries), oldestBegan);
        }
    }

    /// <param name="stored">What this process stored; null where others do.</param>
    /// <param name="failed">What failed here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<FlushReport> ReportAsync(
        long? stored,
        IReadOnlyCollection<KeyValuePair<string, string>> failed,
        CancellationToken cancellationToken
    )
    {
        Dictionary<string, string> all = new(failed, StringComparer.Ordinal);
        var dirty = _partitions is null ? _dirty : await _tier.GetDirtyAsync(cancellationToken).ConfigureAwait(false);
        var letters = dirty.DeadLetters == 0 ? [] : await ListAsync(_tier, dirty, cancellationToken).ConfigureAwait(false);
        var named = failed.Select(static one => one.Key).Where(IsWatched).ToHashSet(StringComparer.Ordinal);
        var old = 0;
        foreach (var letter in letters)
        {
            // No longer dirty.
            named.Remove(letter.Key);
            if (_refusedBefore.Contains((letter.Key, letter.AtMicros)))
            {
                old++;
            }
            else
            {
                all[letter.Key] = letter.Error;
            }
        }

        var left = IsDone ? 0 : Math.Max(0, Math.Min(Before, _dirty.Entries) - named.Count);
        return new FlushReport(stored ?? Math.Max(0, Before - all.Count - left), all) { Left = left, DeadLetters = old };
    }

    /// <summary>Whether the last look counted a key if it is dirty; a tier without others may have counted all.</summary>
    private bool IsWatched(string key) => _partitions is null || _tier.IsLocal || _partitions.Contains(Partition.Of(key, _tier.Partitions));

    private static ValueTask<IReadOnlyList<DeadLetter>> ListAsync(
        ICacheTier tier,
        DirtySummary dirty,
        CancellationToken cancellationToken
    ) => tier.ListDeadLettersAsync((int)Math.Min(int.MaxValue, dirty.DeadLetters + dirty.Entries), cancellationToken);
}
