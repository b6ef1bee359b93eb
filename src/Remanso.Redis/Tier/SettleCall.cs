using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>The settlements of one partition that go in one call. The simple ones are those whose entries were read
/// whole when they were taken (<see cref="EntryLayout.IsSimple"/>), so that what they are to become is known already.</summary>
internal sealed class SettleCall(PartitionKeys keys, string lease)
{
    // Theirs may be off by as much as the process's idea of the clock: what matters for none as long as this.
    private static readonly TimeSpan _leastSimpleTtl = TimeSpan.FromMinutes(1);

    private readonly List<(int Index, Settlement Settlement)> _simple = [];
    private readonly List<(int Index, Settlement Settlement)> _others = [];

    /// <summary>The partition.</summary>
    public PartitionKeys Keys { get; } = keys;

    /// <summary>Its lease, as the server keeps it.</summary>
    public string Lease { get; } = lease;

    /// <summary>The simple ones, and which they are of those that were asked for.</summary>
    public IReadOnlyList<(int Index, Settlement Settlement)> Simple => _simple;

    /// <summary>All others.</summary>
    public IReadOnlyList<(int Index, Settlement Settlement)> Others => _others;

    /// <summary>All, in the order of the call.</summary>
    public int Count => _simple.Count + _others.Count;

    /// <summary>The epoch in which the simple ones were written.</summary>
    public long Epoch { get; private set; }

    public (int Index, Settlement Settlement) this[int place] => place < _simple.Count ? _simple[place] : _others[place - _simple.Count];

    public void Add(int index, Settlement settlement, bool maySimplify)
    {
        var header = ((TakenMarker)settlement.Taken.Marker!).Header.Span;
        if (!maySimplify || header.IsEmpty || settlement.Kind != SettlementKind.Stored || settlement.Ttl < _leastSimpleTtl)
        {
            _others.Add((index, settlement));
            return;
        }

        if (_simple.Count == 0)
        {
            Epoch = EntryLayout.Epoch(header);
        }

        (EntryLayout.Epoch(header) == Epoch ? _simple : _others).Add((index, settlement));
    }
}
