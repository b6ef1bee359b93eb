using System.Runtime.CompilerServices;

namespace Remanso.Near;

/// <summary>All copies of a near cache between two moments at which it was emptied. Emptying means taking another
/// table, which costs the same however many copies there were.</summary>
internal sealed class NearTable<TKey, TValue>
    where TKey : notnull
{
    private const int StripeBits = 6;

    private readonly NearStripe<TKey, TValue>[] _stripes = new NearStripe<TKey, TValue>[1 << StripeBits];
    private readonly NearBound _bound;

    public NearTable(NearOptions options, bool isOpen)
    {
        _bound = new NearBound(options);
        IsOpen = isOpen;
        for (var i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new NearStripe<TKey, TValue>();
        }
    }

    /// <summary>Whether it takes copies: not while changes go unheard.</summary>
    public bool IsOpen { get; }

    public (int Entries, long Bytes) Sum => _bound.Sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NearStripe<TKey, TValue> StripeOf(int hash) => _stripes[(uint)hash >> (32 - StripeBits)];

    /// <returns>How many others had to leave.</returns>
    public int Put(NearSlot<TKey, TValue> slot, in NearTicket<TKey, TValue> ticket, long now, List<NearSlot<TKey, TValue>>? evicted)
    {
        return StripeOf(ticket.Key.Hash).TryPut(slot, ticket.Key, ticket.Marks, now, out var replaced)
            ? _bound.Entered(this, slot, replaced, evicted)
            : 0;
    }

    public void Change(in NearKey<TKey> key, long version)
    {
        if (StripeOf(key.Hash).Change(key, version) is { } slot)
        {
            _bound.Left(slot);
        }
    }

    public void Settle(in NearKey<TKey> key, long version)
    {
        if (StripeOf(key.Hash).Settle(key, version) is { } slot)
        {
            _bound.Left(slot);
        }
    }

    /// <summary>Takes a copy out that was evicted.</summary>
    public void Retire(NearSlot<TKey, TValue> slot) => StripeOf(slot.KeyHash).Retire(slot);
}
