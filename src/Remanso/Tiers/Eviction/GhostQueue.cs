using System.Numerics;
using System.Runtime.InteropServices;

namespace Remanso.Tiers.Eviction;

// Wrong answers are possible and harmless. Two keys of one fingerprint share a memory (one in 2^32 for each key in the
// window), and after 2^32 keys the clock comes round: either may send a key to the main queue undeserved, where it
// leaves after one round.

/// <summary>
/// Remembers the keys that left lately: for each a fingerprint and the moment, no key and no value.
/// </summary>
internal sealed class GhostQueue
{
    // Eight slots of eight bytes are a cache line on the processors that matter here.
    private const int BucketSize = 8;
    private const int MinBuckets = 8;
    private const int MaxBuckets = 1 << 26;

    // Odd, so that the multiplication maps the hashes one to one (Knuth, TAOCP 6.4, from the golden ratio).
    private const uint Mixer = 2_654_435_769;

    private Slot[] _slots = new Slot[MinBuckets * BucketSize];

    // Starts halfway, so that an untouched slot (moment 0) looks old and not new.
    private uint _clock = 1u << 31;

    /// <summary>Lets a key in, as the newest.</summary>
    /// <param name="keyHash">Hash of the key.</param>
    /// <param name="window">How many keys the queue should be able to remember.</param>
    /// <param name="age">Keys that it shall seem to have entered before.</param>
    internal void Remember(int keyHash, int window, int age = 0)
    {
        GrowTo(window);
        _clock++;
        Put(new Slot(Mix(keyHash), _clock - (uint)age));
    }

    /// <summary>Takes a key out. Tells whether it was among the last <paramref name="window"/> that entered.</summary>
    internal bool TryRecall(int keyHash, int window) => TryRecall(keyHash, window, out _);

    /// <summary>Takes a key out. Tells whether it was among the last <paramref name="window"/> that entered.</summary>
    /// <param name="keyHash">Hash of the key.</param>
    /// <param name="window">How many keys count.</param>
    /// <param name="age">How many entered after it.</param>
    internal bool TryRecall(int keyHash, int window, out int age)
    {
        age = 0;
        var fingerprint = Mix(keyHash);
        foreach (ref var slot in BucketOf(fingerprint))
        {
            if (slot.Fingerprint != fingerprint || AgeOf(slot) >= (uint)window)
            {
                continue;
            }

            age = (int)AgeOf(slot);
            slot = default;
            return true;
        }

        return false;
    }

    private void Put(Slot newcomer)
    {
        var bucket = BucketOf(newcomer.Fingerprint);
        ref var place = ref bucket[0];
        foreach (ref var slot in bucket)
        {
            if (slot.Fingerprint == newcomer.Fingerprint)
            {
                place = ref slot;
                break;
            }

            if (AgeOf(slot) > AgeOf(place))
            {
                place = ref slot;
            }
        }

        place = newcomer;
    }

    private void GrowTo(int window)
    {
        var buckets = BucketsFor(window);
        if (buckets * BucketSize <= _slots.Length)
        {
            return;
        }

        var old = _slots;
        _slots = new Slot[buckets * BucketSize];
        foreach (var slot in old)
        {
            if (AgeOf(slot) < (uint)window)
            {
                Put(slot);
            }
        }
    }

    private static int BucketsFor(int window)
    {
        var buckets = BitOperations.RoundUpToPowerOf2((uint)window * 2 / BucketSize + 1);
        return (int)Math.Clamp(buckets, MinBuckets, MaxBuckets);
    }

    // The high bits choose the bucket: they depend on all bits of the hash, the low ones on the low ones alone.
    private Span<Slot> BucketOf(uint fingerprint)
    {
        var bucket = (int)((ulong)fingerprint * (uint)(_slots.Length / BucketSize) >> 32);
        return _slots.AsSpan(bucket * BucketSize, BucketSize);
    }

    private uint AgeOf(Slot slot) => _clock - slot.Moment;

    private static uint Mix(int keyHash) => unchecked((uint)keyHash * Mixer);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Slot(uint Fingerprint, uint Moment);
}
