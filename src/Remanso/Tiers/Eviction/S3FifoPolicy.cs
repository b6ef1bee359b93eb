using System.Diagnostics.CodeAnalysis;

namespace Remanso.Tiers.Eviction;

/// <summary>
/// Chooses which entry leaves when the weight is over the capacity: S3-FIFO, weighted, with pinned entries.
/// Source: J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you need for cache eviction",
/// SOSP 2023, https://doi.org/10.1145/3600006.3613147.
/// </summary>
/// <remarks>
/// <para><b>Threads.</b> Not safe by itself: the owner makes every call under one lock. Reads don't call the policy;
/// they call <see cref="EvictionNode.Touch"/>, which takes none. So a read hit never waits for an eviction.</para>
///
/// <para><b>States of a node.</b></para>
/// <code>
///                 not in ghost                     read at most once: victim, key into ghost
///   outside --Add--------------> small -----------------------------------------------> outside
///      |                         |  |  main needs less than its room, or it takes the place of an unread guest
///      |        read more than   |  +--------------------> guest --------------------> outside
///      |                  once   |                           |    unread: victim, key into ghost
///      |         in ghost        v        read               |
///      +-----------Add--------> main &lt;-----------------------+
///                               ^  |  not read since last round: victim, key into main's ghosts
///                               +--+ read since: one round more, for one read
///
///   small, guest, main --chosen, but TryRetire says no--> pinned --Unpin--> main if proven or read more than once, else small
///   small, guest, main, pinned --Remove--> outside
/// </code>
/// <para>Most keys are asked for once. They pass through the small queue and leave without ever competing with the
/// keys in main: that is why a scan does no harm. A key thrown out too early is known again by its ghost and goes to
/// main at once.</para>
///
/// <para><b>Guests.</b> Not in the paper. While main needs less than its room, newcomers that were not proven in small
/// stay there, so that a loop longer than the cache, of which a FIFO never hits anything, finds a part of itself.
/// They don't squat: they leave before any proven key; one read proves them (it came long after the first); and a hand goes
/// round among them, by which an unread newcomer, one in eight, takes the place of an unread guest. So a scan that
/// comes again finds out which of its keys are worth a place, and what expired goes, too.</para>
///
/// <para><b>Small's room.</b> Not in the paper either: see <see cref="SmallShare"/>.</para>
///
/// <para><b>Weights.</b> The shares are shares of weight; one entry is worth its bytes.
/// <list type="bullet">
/// <item>The small queue's share is one of what the queues hold, not of the capacity: where most of the capacity is
/// pinned, the rest is still shared out.</item>
/// <item>The ghost queue counts keys, and remembers as many as the queues hold. (The paper says: as many as main.
/// The tenth more is what lets it work while main is still empty.)</item>
/// <item>An entry heavier than the small queue's share goes through it as any other. It cuts short the trial of those
/// before it, whose ghosts remain; straight into main, a scan of heavy entries would drive out proven keys; and not
/// let in, a cache of a few heavy entries would hold none of them.</item>
/// <item>An entry heavier than the whole capacity can't be kept. It is next to leave, whatever its reads, and so
/// leaves alone instead of after all the others.</item>
/// </list></para>
///
/// <para><b>Pins.</b> A dirty entry can't be evicted. The policy doesn't ask until it has chosen a node; if the owner
/// then refuses (<see cref="EvictionNode.TryRetire"/>) the node is put aside, out of the queues, so it is met once for
/// each pin and not again by every eviction. It still weighs. <see cref="Unpin"/> brings it back; for a node that was
/// never met it does nothing, so the owner calls it whenever an entry becomes clean. No wake-up is lost: the refusal
/// and the putting aside happen in one call under the lock that Unpin needs.</para>
///
/// <para><b>Invariants.</b>
/// <list type="bullet">
/// <item>A node is in exactly one of small, guests, main, pinned, or outside; a proven one never among the guests.</item>
/// <item><see cref="TotalWeight"/> is the sum of the weights of small, guests, main and pinned.</item>
/// <item>An eviction costs O(1) amortised: each node that it passes over gives up a read that was counted, or its
/// newcomer's trial, or its place in the queues until Unpin.</item>
/// <item>Between two calls, total weight may exceed the capacity: the policy chooses, the owner decides when.
/// <c>while (policy.IsOverCapacity &amp;&amp; policy.TryEvict(out var victim)) …</c></item>
/// </list></para>
///
/// <para><b>Best effort.</b> Counts of reads (racy), and the memory of ghosts (see <see cref="GhostQueue"/>).</para>
/// </remarks>
internal sealed class S3FifoPolicy
{
    // Reads that prove a newcomer. One isn't enough: an application often reads again at once what it just read. (On
    // traces without that habit, such as those of bench/Remanso.HitRatio, one does as well or a little better.)
    private const byte ProvingReads = 2;

    // Often enough for scans to find out which of their keys are worth a place, seldom enough for a loop to come round
    // to its guests. Half of the guests met unread may stay, so that no loop keeps step with the hand.
    private const uint NewcomersPerVisit = 4;
    private const uint NewcomersPerExchange = 8;

    // One for each newcomer would do; the second one catches up.
    private const int MovesPerNewcomer = 2;

    private readonly NodeQueue _small = new();
    private readonly NodeQueue _guests = new();
    private readonly NodeQueue _main = new();
    private readonly NodeQueue _pinned = new();
    private readonly GhostQueue _ghosts = new();
    private readonly GhostQueue _mainGhosts = new();
    private readonly SmallShare _share = new();
    private uint _draws;

    /// <summary>A policy without nodes.</summary>
    /// <param name="capacityWeight">Bytes that the owner means to hold at most, at least 1.</param>
    internal S3FifoPolicy(long capacityWeight)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityWeight);
        Capacity = capacityWeight;
    }

    /// <summary>Bytes that the owner means to hold at most.</summary>
    internal long Capacity { get; }

    /// <summary>Bytes held, pinned nodes included.</summary>
    internal long TotalWeight => Held + _pinned.Weight;

    /// <summary>Bytes of the nodes put aside as pinned, not of dirty entries that no eviction has met yet.</summary>
    internal long PinnedWeight => _pinned.Weight;

    /// <summary>Nodes held, pinned ones included.</summary>
    internal int Count => Window + _pinned.Count;

    /// <summary>Whether there is something to evict for.</summary>
    internal bool IsOverCapacity => TotalWeight > Capacity;

    // The window of small's ghosts: as many keys as could be evicted.
    private int Window => _small.Count + _guests.Count + _main.Count;

    // What left "lately" is what a tenth more room would have kept.
    private int Lately => Math.Max(1, Window / 10);

    private long Held => _small.Weight + _guests.Weight + _main.Weight;

    /// <summary>Lets in a node that is outside. Call <see cref="TryEvict"/> afterwards while over capacity.</summary>
    /// <exception cref="InvalidOperationException">The node is in already.</exception>
    internal void Add(EvictionNode node)
    {
        if (node.Queue is not null)
        {
            throw new InvalidOperationException("The node is in the policy already.");
        }

        node.Frequency = 0;
        node.IsProven = Recall(node);
        MakeGuests();
        Enter(node);
    }

    /// <summary>Takes a node out that was deleted, not evicted: it leaves no ghost.</summary>
    /// <param name="node">The node.</param>
    /// <param name="comesBack">Whether only the content was outdated and the key is as wanted as before: a proven one
    /// is then known again.</param>
    /// <returns><see langword="false"/> when it was outside already, for instance evicted a moment ago.</returns>
    internal bool Remove(EvictionNode node, bool comesBack = false)
    {
        if (node.Queue is not { } queue)
        {
            return false;
        }

        if (comesBack && node.IsProven)
        {
            // Not lately, or its return would pass for a newcomer's that had too little room.
            _ghosts.Remember(node.KeyHash, Window, Lately);
        }

        queue.Remove(node);
        return true;
    }

    /// <summary>Puts a node in the place of another one of the same key, with its reads and its proof; where that one
    /// is outside, lets it in.</summary>
    /// <exception cref="InvalidOperationException">The successor is in already.</exception>
    internal void Replace(EvictionNode node, EvictionNode successor)
    {
        if (node.Queue is not { } queue)
        {
            Add(successor);
            return;
        }

        if (successor.Queue is not null)
        {
            throw new InvalidOperationException("The node is in the policy already.");
        }

        (successor.Frequency, successor.IsProven) = (node.Frequency, node.IsProven);
        queue.Replace(node, successor);
        if (successor.Weight <= Capacity || queue == _pinned)
        {
            return;
        }

        queue.Remove(successor);
        Enter(successor);
    }

    /// <summary>Changes the weight of a node, as when its value is overwritten; it keeps its place.</summary>
    /// <param name="node">A node inside or outside; outside, it just takes the weight.</param>
    /// <param name="newWeight">Bytes, at least 1.</param>
    internal void Reweigh(EvictionNode node, long newWeight)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(newWeight);
        if (node.Queue is not { } queue)
        {
            node.Weight = newWeight;
            return;
        }

        queue.Reweigh(node, newWeight);
        if (newWeight <= Capacity || queue == _pinned)
        {
            return;
        }

        queue.Remove(node);
        Enter(node);
    }

    /// <summary>Says that a node's pin has ended. Does nothing unless an eviction had put the node aside.</summary>
    internal void Unpin(EvictionNode node)
    {
        if (node.Queue != _pinned)
        {
            return;
        }

        _pinned.Remove(node);
        if (!node.IsProven)
        {
            TryProve(node);
        }

        Enter(node);
    }

    /// <summary>Evicts one node, whether or not the weight is over the capacity.</summary>
    /// <param name="victim">A node whose <see cref="EvictionNode.TryRetire"/> answered yes; it is outside now.</param>
    /// <returns><see langword="false"/> when nothing is left that could be evicted: empty, or all pinned.</returns>
    internal bool TryEvict([NotNullWhen(true)] out EvictionNode? victim)
    {
        // More rounds than these nodes can have earned: readers are counting faster than this loop discounts. Then
        // their counts no longer tell the nodes apart, and an end matters more.
        var rounds = EvictionNode.MaxFrequency * (long)Window;

        while (NextOut() is { } node)
        {
            if (rounds > 0 && EarnedARound(node))
            {
                rounds--;
                Move(node, _main);
                continue;
            }

            victim = node.Queue == _small ? Exchange(node) : node;
            if (victim.TryRetire())
            {
                Leave(victim);
                return true;
            }

            Move(victim, _pinned);
        }

        victim = null;
        return false;
    }

    // Also right at the edges, since weights are positive: one queue empty means the others, all empty means none.
    private EvictionNode? NextOut() => _share.IsFull(_small.Weight, Held) ? _small.Oldest : _guests.Oldest ?? _main.Oldest;

    private bool Recall(EvictionNode node)
    {
        if (_ghosts.TryRecall(node.KeyHash, Window, out var age))
        {
            if (age < Lately)
            {
                _share.Grow(node.Weight, Held);
            }

            return true;
        }

        if (_mainGhosts.TryRecall(node.KeyHash, Lately))
        {
            _share.Shrink(node.Weight);
        }

        return false;
    }

    // Before a newcomer enters, whoever is beyond the small queue's room goes on: a step for a step, and no long one.
    private void MakeGuests()
    {
        for (var i = 0; i < MovesPerNewcomer && _small.Oldest is { } node && _share.IsFull(_small.Weight - node.Weight, Held); i++)
        {
            if (node.Weight > Capacity)
            {
                return;
            }

            Move(node, TryProve(node) ? _main : _guests);
        }
    }

    // An unread newcomer is about to leave. Now and then it takes the place of a guest that nobody read either, and the
    // guest leaves; a guest that was read is proven.
    private EvictionNode Exchange(EvictionNode node)
    {
        if (node.Weight > Capacity)
        {
            return node;
        }

        _share.Waste(node.Weight);
        var draw = Draw();
        if (draw % NewcomersPerVisit != 0 || _guests.Advance() is not { } guest)
        {
            return node;
        }

        if (TryProve(guest))
        {
            Move(guest, _main);
            return node;
        }

        if (draw % NewcomersPerExchange != 0)
        {
            return node;
        }

        node.Frequency = 0;
        Move(node, _guests);
        return guest;
    }

    // A linear congruential generator (Numerical Recipes, 7.1), without its low bits: random enough not to keep step
    // with a loop.
    private uint Draw()
    {
        _draws = unchecked((_draws * 1_664_525) + 1_013_904_223);
        return _draws >> 16;
    }

    private void Leave(EvictionNode node)
    {
        if (node.IsProven)
        {
            _mainGhosts.Remember(node.KeyHash, Lately);
        }
        else
        {
            _ghosts.Remember(node.KeyHash, Window);
        }

        Remove(node);
    }

    private bool EarnedARound(EvictionNode node)
    {
        if (node.Weight > Capacity)
        {
            return false;
        }

        if (!node.IsProven)
        {
            return TryProve(node);
        }

        // Read once: a reader may move it between two reads.
        var frequency = node.Frequency;
        if (frequency == 0)
        {
            return false;
        }

        node.Frequency = (byte)(frequency - 1);
        return true;
    }

    private bool TryProve(EvictionNode node)
    {
        var isGuest = node.Queue == _guests;
        if (node.Frequency < (isGuest ? 1 : ProvingReads))
        {
            return false;
        }

        if (isGuest)
        {
            _share.ShrinkForGuest(node.Weight, Lately, _guests.Count);
        }

        node.Frequency = 0;
        node.IsProven = true;
        return true;
    }

    private void Enter(EvictionNode node)
    {
        if (node.Weight > Capacity)
        {
            _small.EnqueueNextOut(node);
        }
        else
        {
            (node.IsProven ? _main : _small).Enqueue(node);
        }
    }

    private static void Move(EvictionNode node, NodeQueue queue)
    {
        node.Queue?.Remove(node);
        queue.Enqueue(node);
    }
}
