using System.Runtime.InteropServices;
using System.Text;
using Remanso.Entries;

namespace Remanso.Tiers.Memory;

// Its lock is the innermost one: it is taken under a partition's gate, and nothing is taken under it.

/// <summary>The sums over all dirty entries of a tier, and the limits to them: back-pressure.</summary>
internal sealed class DirtyLedger
{
    private readonly Lock _gate = new();
    private readonly DirtyLimits _limits;
    private readonly long _maxWeight;
    private Share _sum;

    internal DirtyLedger(TierOptions options)
    {
        _limits = new DirtyLimits(options);
        _maxWeight = options.MaxBytes;
    }

    /// <summary>Called where nothing was dirty and something is.</summary>
    internal Action? WhenDirty { get; set; }

    /// <summary>The dirty entries, dead letters not among them; the bytes of their keys (UTF-8) and values; the dead letters.</summary>
    internal (long Entries, long Bytes, long DeadLetters) Sum
    {
        get
        {
            lock (_gate)
            {
                return (_sum.Entries, _sum.Bytes, _sum.DeadLetters);
            }
        }
    }

    /// <summary>How much of the tier's memory is taken by what can't leave it, from 0 to 1.</summary>
    internal double Fill
    {
        get
        {
            lock (_gate)
            {
                return Math.Min(1, (double)_sum.Weight / _maxWeight);
            }
        }
    }

    /// <summary>The limits as they stand now.</summary>
    internal DirtyLimits Limits => _limits;

    /// <summary>How many entries have to go before there is room.</summary>
    internal long Excess
    {
        get
        {
            lock (_gate)
            {
                return Math.Max(0, _sum.Entries - _limits.Entries);
            }
        }
    }

    /// <summary>Refuses what no flush could ever make room for.</summary>
    /// <exception cref="ValueTooLargeException">The entry alone exceeds the limits.</exception>
    internal void ThrowIfNeverFits(in TierWrite write)
    {
        if (write.Value.Length <= Math.Min(_limits.MostBytes, _maxWeight - MemorySlot.Overhead) - (3L * write.Key.Length))
        {
            // Whatever its characters are: nothing is counted for what is far from the limit.
            return;
        }

        var limit = MostBytes(write.Key);
        if (write.Value.Length > limit)
        {
            throw new ValueTooLargeException(write.Value.Length, Math.Max(limit, 0));
        }
    }

    /// <summary>How large a key's value may be if nothing else is dirty; below 0 where not even the key fits.</summary>
    internal long MostBytes(string key) =>
        Math.Min(_limits.MostBytes - Encoding.UTF8.GetByteCount(key), _maxWeight - MemorySlot.WeightBeside(key.Length));

    /// <summary>Accounts for the change of one key's entry.</summary>
    /// <param name="key">The key.</param>
    /// <param name="before">Its entry before, or null.</param>
    /// <param name="after">Its entry afterwards, or null.</param>
    /// <param name="mustFit">Whether the change is refused where a sum would grow past its limit; a sum that doesn't
    /// grow is never refused.</param>
    /// <returns>Whether the change may happen; if not, nothing was accounted for.</returns>
    internal bool TryChange(string key, CacheEntry? before, CacheEntry? after, bool mustFit) =>
        WeighTheSame(before, after) || TryGrow(Share.Of(key, after) - Share.Of(key, before), mustFit);

    /// <summary>Accounts for the change of one key's entry and of its versions that are kept.</summary>
    /// <param name="key">The key.</param>
    /// <param name="before">Its entry before, or null.</param>
    /// <param name="keptBefore">What was kept beside it.</param>
    /// <param name="after">Its entry afterwards, or null.</param>
    /// <param name="keptAfter">What is kept beside it then.</param>
    /// <param name="mustFit">Whether the change is refused where a sum would grow past its limit.</param>
    /// <returns>Whether the change may happen; if not, nothing was accounted for.</returns>
    internal bool TryChange(string key, CacheEntry? before, in KeptSum keptBefore, CacheEntry? after, in KeptSum keptAfter, bool mustFit) =>
        TryGrow(Share.Of(key, after).With(after, keptAfter) - Share.Of(key, before).With(before, keptBefore), mustFit);

    private bool TryGrow(Share growth, bool mustFit)
    {
        bool wasClean;
        lock (_gate)
        {
            var sum = _sum + growth;
            if (
                mustFit
                && (
                    (growth.Entries > 0 && sum.Entries > _limits.Entries)
                    || (growth.Bytes > 0 && sum.Bytes > _limits.Bytes)
                    || (growth.Weight > 0 && sum.Weight > _maxWeight)
                )
            )
            {
                _limits.NoteRefusal();
                return false;
            }

            wasClean = _sum.Entries == 0;
            _sum = sum;
            _limits.NoteAmount(sum.Entries, sum.Bytes);
        }

        if (wasClean && growth.Entries > 0)
        {
            WhenDirty?.Invoke();
        }

        return true;
    }

    // The hot cases: clean before and after, and a dirty key written again with a value as long.
    private static bool WeighTheSame(CacheEntry? before, CacheEntry? after)
    {
        const EntryState Kind = EntryState.Dirty | EntryState.DeadLetter;
        var kindBefore = (before?.State ?? 0) & Kind;
        var kindAfter = (after?.State ?? 0) & Kind;
        return kindBefore == kindAfter && (kindAfter == 0 || MemorySlot.WeighTheSame(before!, after!));
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Share(long Entries, long Bytes, long DeadLetters, long Weight)
    {
        public static Share operator +(Share a, Share b) =>
            new(a.Entries + b.Entries, a.Bytes + b.Bytes, a.DeadLetters + b.DeadLetters, a.Weight + b.Weight);

        public static Share operator -(Share a, Share b) =>
            new(a.Entries - b.Entries, a.Bytes - b.Bytes, a.DeadLetters - b.DeadLetters, a.Weight - b.Weight);

        /// <summary>With the versions that are kept beside an entry: they drain with it.</summary>
        public Share With(CacheEntry? entry, in KeptSum kept) =>
            entry is { IsDeadLetter: true }
                ? this with
                {
                    Weight = Weight + kept.Weight,
                }
                : new(Entries + kept.Entries, Bytes + kept.Bytes, DeadLetters, Weight + kept.Weight);

        // A dead letter does not drain, so it is no lag and no back-pressure by count; it still fills the memory.
        public static Share Of(string key, CacheEntry? entry) =>
            entry switch
            {
                null or { IsDirty: false } => default,
                { IsDeadLetter: true } => new(0, 0, 1, MemorySlot.WeightOf(key, entry)),
                _ => new(1, Encoding.UTF8.GetByteCount(key) + entry.Value.Length, 0, MemorySlot.WeightOf(key, entry)),
            };
    }
}
