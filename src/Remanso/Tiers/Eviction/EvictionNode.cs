using System.Runtime.CompilerServices;

namespace Remanso.Tiers.Eviction;

// Touch is for readers and takes no lock. Everything else belongs to S3FifoPolicy and is read and written under the
// owner's lock only.

/// <summary>
/// What the eviction policy needs to know of an entry. The owner's slot derives from it, so that an entry and its
/// place in the queues are one object.
/// </summary>
/// <param name="keyHash">Hash of the key. It needs no good spread: the ghost queue mixes it.</param>
/// <param name="weight">Bytes that the entry is accounted for, at least 1.</param>
internal abstract class EvictionNode(int keyHash, long weight)
{
    /// <summary>Two bits: beyond three reads a key is hot, and how hot makes no difference to eviction.</summary>
    internal const byte MaxFrequency = 3;

    private byte _frequency;

    /// <summary>Hash of the key, by which the ghost queue knows the entry after it left.</summary>
    internal int KeyHash { get; } = keyHash;

    /// <summary>Bytes. Changed through <see cref="S3FifoPolicy.Reweigh"/> only, so that the sums stay exact.</summary>
    internal long Weight { get; set; } = weight > 0 ? weight : throw new ArgumentOutOfRangeException(nameof(weight));

    /// <summary>Reads counted since the policy last took some off, 0 to <see cref="MaxFrequency"/>.</summary>
    internal byte Frequency
    {
        get => _frequency;
        set => _frequency = value;
    }

    /// <summary>Whether the key was wanted again after it first appeared: then its place is the main queue.</summary>
    internal bool IsProven { get; set; }

    /// <summary>The queue that holds the node; <see langword="null"/> while it is outside the policy.</summary>
    internal NodeQueue? Queue { get; set; }

    /// <summary>The neighbour that entered the queue just after this node.</summary>
    internal EvictionNode? Newer { get; set; }

    /// <summary>The neighbour that entered the queue just before this node.</summary>
    internal EvictionNode? Older { get; set; }

    /// <summary>Counts a read. Safe to call from any thread at any time, even on a node that was evicted.</summary>
    /// <remarks>
    /// Not interlocked: readers that race with each other or with the policy may lose a count, which at worst costs a
    /// key one round in a queue. The test before the store matters: a hot key stands at the maximum, where a read
    /// writes nothing and its cache line stays shared between the cores.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Touch()
    {
        var frequency = _frequency;
        if (frequency < MaxFrequency)
        {
            _frequency = (byte)(frequency + 1);
        }
    }

    /// <summary>
    /// The owner's word on a node that the policy chose to evict. <see langword="true"/>: the entry is given up, and
    /// from this very moment no write may land in it. <see langword="false"/>: it is pinned (dirty), and a call of
    /// <see cref="S3FifoPolicy.Unpin"/> will follow when the pin ends.
    /// </summary>
    /// <remarks>
    /// The question and the giving up are one step, so that "became dirty after it was chosen" can't happen: decide
    /// under whatever makes writes of this entry atomic. It is asked under the owner's lock: return soon, don't call
    /// the policy, and see to it that nobody who holds what this method waits for waits for the owner's lock.
    /// </remarks>
    internal abstract bool TryRetire();
}
