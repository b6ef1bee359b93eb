using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Remanso.Entries;
using Remanso.ReadThrough;

namespace Remanso.Near;

/// <summary>The reads that the near cache could not answer, and what they leave behind in it.</summary>
internal sealed class NearReads<TKey, TValue>(
    NearCache<TKey, TValue> near,
    CacheReader reader,
    IKeyCodec<TKey> keys,
    AnswerDecoder<TValue> decoder
)
    where TKey : notnull
{
    /// <summary>A read that may leave the near cache a copy.</summary>
    // Not inlined: the frame that it needs would be cleared by each hit, too.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public ValueTask<ReadResult<TValue>> ReadAsync(TKey key, ReadPlan plan, CancellationToken cancellationToken)
    {
        var encoded = keys.Encode(key);
        if ((plan.Skips & ReadSkip.NearRead) == 0 && plan.Options?.Stale != StaleCopies.Never && TryReadKept(key, encoded, out var kept))
        {
            return new ValueTask<ReadResult<TValue>>(kept);
        }

        var ticket = Begin(key, encoded);
        if ((plan.Skips & ReadSkip.TierRead) != 0 || !reader.TryRead(encoded, out var entry))
        {
            return HoldAsync(
                ticket,
                encoded,
                decoder.DecodeAsync(encoded, reader.ReadAsync(encoded, plan, cancellationToken), plan, cancellationToken)
            );
        }

        if (!decoder.TryDecode(encoded, entry, out ReadResult<TValue> result))
        {
            return HoldAsync(ticket, encoded, decoder.ReloadAsync(encoded, plan, cancellationToken));
        }

        if (reader.ShouldRefresh(entry))
        {
            reader.StartRefresh(encoded, entry, plan);
        }

        Offer(ticket, encoded, result);
        return new ValueTask<ReadResult<TValue>>(result);
    }

    /// <summary>Reads a key of many, as far as copies answer it.</summary>
    public bool TryRead(TKey key, Func<TKey, string, ReadPlan> planOf, out ReadResult<TValue> result)
    {
        if (near.Find(key) is { } held)
        {
            if (ShouldRefresh(held))
            {
                StartRefresh(key, held.Entry, planOf(key, keys.Encode(key)));
            }

            result = near.Read(held);
            return true;
        }

        result = default;
        return near.HasKept && TryReadKept(key, keys.Encode(key), out result);
    }

    /// <summary>Reads what is kept of a key whose tier can't be reached.</summary>
    public bool TryReadKept(TKey key, string encoded, out ReadResult<TValue> result)
    {
        result = default;
        return near.HasKept && reader.IsPastTier(encoded) && near.TryReadKept(key, encoded, out result);
    }

    /// <summary>To be called before a key is read.</summary>
    public Ticket Begin(TKey key, string encoded) =>
        new(near.Begin(key), near.HasKept && reader.IsPastTier(encoded) ? near.BeginKept(key, encoded) : null);

    /// <summary>Takes a copy of what a read brought, if it may be held.</summary>
    public void Offer(in Ticket ticket, string encoded, in ReadResult<TValue> result)
    {
        near.Offer(ticket.Held, encoded, result);
        near.OfferKept(ticket.Kept, encoded, result);
    }

    // The deadline of the copy first: its entry is another cache line.
    public bool ShouldRefresh(NearSlot<TKey, TValue> held) =>
        near.TimeLeft(held) <= reader.LongestRefreshWindow && reader.ShouldRefresh(held.Entry);

    /// <summary>Loads a key again in the background, and holds what that brings: the copy at hand would go on asking
    /// for it until its deadline.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void StartRefresh(TKey key, CacheEntry entry, ReadPlan plan)
    {
        var ticket = near.Begin(key);
        var encoded = keys.Encode(key);
        reader.StartRefresh(
            encoded,
            entry,
            plan,
            loaded: (plan.Skips & ReadSkip.NearWrite) != 0 ? null : answer => Hold(ticket, encoded, answer, plan)
        );
    }

    private async ValueTask<ReadResult<TValue>> HoldAsync(Ticket ticket, string encoded, ValueTask<ReadResult<TValue>> reading)
    {
        var result = await reading.ConfigureAwait(false);
        Offer(ticket, encoded, result);
        return result;
    }

    private void Hold(in NearTicket<TKey, TValue> ticket, string encoded, in Answer answer, ReadPlan plan)
    {
        if (decoder.TryDecode(encoded, answer, plan, out var result))
        {
            near.Offer(ticket, encoded, result);
        }
    }

    /// <summary>The right to hold what a read brings from the tier, and from past it.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Ticket(NearTicket<TKey, TValue> Held, NearTicket<TKey, TValue>? Kept);
}
