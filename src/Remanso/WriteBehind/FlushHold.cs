using Remanso.Common;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// Three things keep a flush from entries: the pass does not come to any, the beat can't keep the leases, or the tier names
// partitions that fail while others are flushed. None of them fails an entry that could tell it.
//
// A server that answers and refuses is told at the next beat, which has asked for every partition. Whatever else fails is told
// where it lasts: a server that is away is found by TierOutages meanwhile, which tells that, of its partitions alone.
//
// What is told is as it is now. What a pass was refused counts up to the first beat behind its begin. After that it was heard
// late, or the pass waits for its next try, and the server may take all again. What a beat was refused counts unless a pass has
// ended well since it began: then it asks again. So each of both knows how many there have been of the other.
//
// It is told once, and again where it has become half as many partitions more, or half as many. Its end is told where nothing is
// held any more, of whatever kind.

/// <summary>Tells what keeps the flush of a cache from its entries, and of how much.</summary>
internal sealed class FlushHold(CacheParts parts)
{
    private const string All = "nothing can be flushed";

    private static readonly TimeSpan _unlessAway = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private (Exception? Failure, long Beats) _pass;
    private Exception? _beat;
    private long _beats;
    private long _passes;
    private bool _isBeatAll;
    private long? _since;
    private int _told;

    /// <summary>How many beats there have been.</summary>
    public long Beats => Volatile.Read(ref _beats);

    /// <summary>How many passes have ended without an error.</summary>
    public long Passes => Volatile.Read(ref _passes);

    /// <summary>What a beat has failed with, or null.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="hasLeases">Whether there are leases to flush under all the same.</param>
    /// <param name="passes"><see cref="Passes"/> when the beat began; null where it is told whatever has ended since.</param>
    /// <returns>False where it says nothing of now, and the beat is to ask again.</returns>
    public bool NoteBeat(Exception? failure, bool hasLeases, long? passes)
    {
        lock (_gate)
        {
            if (passes < _passes && (parts.Tier.Held.Count > 0 || (failure is not null && IsAnswered(failure))))
            {
                return false;
            }

            Interlocked.Increment(ref _beats);
            (_beat, _isBeatAll) = (failure, !hasLeases || failure is not TierUnavailableException);
            Tell(isBeat: true);
            return true;
        }
    }

    /// <summary>What has kept a pass from entries, if anything has.</summary>
    /// <param name="pass">The pass, which has ended.</param>
    public void NotePass(FlushPass pass)
    {
        lock (_gate)
        {
            if (pass.Error is null)
            {
                Interlocked.Increment(ref _passes);
            }

            // Where the store was asked, it came to entries, whatever ended it.
            var cameToEntries = pass.StoreFailed || pass.Stored > 0;
            if (cameToEntries || pass.Error is null || pass.Failed.IsEmpty)
            {
                _pass = (cameToEntries ? null : pass.Error, pass.Beats);
                Tell(isBeat: false);
            }
        }
    }

    private void Tell(bool isBeat)
    {
        var held = parts.Tier.Held;
        if (_pass.Failure is null && _beat is null && held.Count == 0)
        {
            if (_told > 0)
            {
                parts.Logger.FlushFreed(parts.Tier.Cache);
            }

            (_since, _told) = (null, 0);
            return;
        }

        var isLate = _pass.Beats < (isBeat ? _beats - 1 : _beats);
        var pass = _pass.Failure is { } refusal && isLate && IsAnswered(refusal) ? null : _pass.Failure;
        Exception[] whole = [.. new[] { _beat, pass }.OfType<Exception>().Where(IsNews)];
        HeldPartition[] some = [.. held.Where(one => !parts.Outages.IsDown(one.Partition))];
        if (whole.Length + some.Length == 0)
        {
            _since = null;
            return;
        }

        var since = _since ??= parts.Time.GetTimestamp();
        if (parts.Time.GetElapsedTime(since) < _unlessAway)
        {
            if (!isBeat)
            {
                return;
            }

            whole = [.. whole.Where(IsAnswered)];
            some = [.. some.Where(static one => IsAnswered(one.Error))];
        }

        if (Extent(whole, some) is not (var what, var count, { } error))
        {
            return;
        }

        if (_told == 0 || 2 * count >= 3 * _told || (isBeat && 2 * count <= _told))
        {
            _told = count;
            parts.Logger.FlushHeld(parts.Tier.Cache, what, ErrorText.Of(error.Message), StoreErrors.Unforeseen(error));
        }
    }

    private (string What, int Partitions, Exception? Error) Extent(Exception[] whole, HeldPartition[] some)
    {
        var all = parts.Tier.Partitions;
        var first = whole.FirstOrDefault();
        if (first is not null && first == _beat && _isBeatAll)
        {
            return (All, all, first);
        }

        if (some.Length > 0)
        {
            return (some.Length == all ? All : $"{some.Length} of the {all} partitions can't be flushed", some.Length, some[0].Error);
        }

        return first is not null && first == _beat
            ? ("it can't be told which workers are alive, and nobody takes the partitions of one that is not", 1, first)
            : (All, all, first);
    }

    /// <summary>Whether it is told by nobody else: the servers that are away give no answer.</summary>
    private bool IsNews(Exception failure) =>
        parts.Outages.DownCount is var down && (down == 0 || (IsAnswered(failure) && down < parts.Tier.Partitions));

    private static bool IsAnswered(Exception failure) => failure is TierUnavailableException { IsAnswered: true };
}
