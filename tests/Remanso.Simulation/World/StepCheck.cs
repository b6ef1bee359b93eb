using Remanso.Entries;
using Remanso.Simulation.History;

namespace Remanso.Simulation.World;

/// <summary>What holds of tier and store after every single event.</summary>
internal sealed class StepCheck(StoreServer store, Func<string, CacheEntry?> peek)
{
    private readonly SortedDictionary<string, Known> _keys = new(StringComparer.Ordinal);

    /// <summary>A write was answered: from now on its version, or a higher one, is dirty or stored.</summary>
    public void Acknowledged(Call call)
    {
        var known = Of(call.Key);
        if (call.Start < known.LostAt && call.Durability < Durability.Logged)
        {
            // It was lost before its writer was told of it.
            return;
        }

        known.Acknowledged = Math.Max(known.Acknowledged, call.Version);
        known.Told.Add((call.End, call.Version));
        if (call.Durability == Durability.Logged)
        {
            known.Logged = Math.Max(known.Logged, call.Version);
        }
    }

    /// <summary>The tier is gone: what it alone had may be lost, unless it was logged, or told before the journal's last
    /// commit began.</summary>
    public void Lost(IEnumerable<string> keys, long at, long coversUntil = 0)
    {
        foreach (var key in keys)
        {
            var known = Of(key);
            var covered = known.Told.Where(told => told.At < coversUntil).Select(static told => told.Version).DefaultIfEmpty().Max();
            known.Acknowledged = Math.Max(Math.Max(known.Logged, covered), Math.Min(known.Acknowledged, store.RowOf(key).Version));
            known.Told.Clear();
            known.Seen = 0;
            known.IsAway = true;
            known.LostAt = at;
        }
    }

    /// <exception cref="ViolationException">One of the invariants does not hold.</exception>
    public void Look()
    {
        foreach (var (key, known) in _keys)
        {
            Look(key, known);
        }
    }

    /// <summary>All is clean: the store has every acknowledged version, or a higher one.</summary>
    public void MustBeStored()
    {
        foreach (var (key, known) in _keys)
        {
            if (store.RowOf(key).Version < known.Acknowledged)
            {
                throw new ViolationException(
                    $"{key}: version {known.Acknowledged} was acknowledged, the store has {store.RowOf(key).Version}"
                );
            }
        }
    }

    private void Look(string key, Known known)
    {
        var row = store.RowOf(key);
        if (row.Version < known.Row)
        {
            throw new ViolationException($"{key}: the store went back from version {known.Row} to {row.Version}");
        }

        known.Row = row.Version;
        if (peek(key) is not { } entry)
        {
            // A process that is not up yet has not read its journal.
            if (!known.IsAway && row.Version < known.Acknowledged)
            {
                throw new ViolationException(
                    $"{key}: version {known.Acknowledged} was acknowledged and is nowhere: the store has {row.Version}"
                );
            }

            return;
        }

        known.IsAway = false;
        if (entry.Version < known.Seen)
        {
            throw new ViolationException($"{key}: the tier went back from version {known.Seen} to {entry.Version}");
        }

        known.Seen = entry.Version;
        if (!entry.IsDirty && row.Version < entry.Version)
        {
            throw new ViolationException($"{key}: version {entry.Version} is clean, but the store has {row.Version}");
        }

        if (entry.IsDeadLetter && !StoreServer.Refuses(entry.Value.Span))
        {
            throw new ViolationException($"{key}: version {entry.Version} is a dead letter, though the store would take it");
        }

        if (Math.Max(entry.IsDirty ? entry.Version : 0, row.Version) < known.Acknowledged)
        {
            throw new ViolationException(
                $"{key}: version {known.Acknowledged} was acknowledged; "
                    + $"the tier has {entry.Version} ({entry.State}), the store {row.Version}"
            );
        }
    }

    private Known Of(string key)
    {
        if (!_keys.TryGetValue(key, out var known))
        {
            _keys[key] = known = new Known();
        }

        return known;
    }

    private sealed class Known
    {
        public long Acknowledged { get; set; }

        public long Logged { get; set; }

        public List<(long At, long Version)> Told { get; } = [];

        public long Seen { get; set; }

        public long Row { get; set; }

        public bool IsAway { get; set; }

        public long LostAt { get; set; }
    }
}
