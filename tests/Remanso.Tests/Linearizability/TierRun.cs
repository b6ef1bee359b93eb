using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using Remanso.Conformance.Tiers;
using Remanso.Entries;
using Remanso.Testing;
using Remanso.Tiers;

namespace Remanso.Tests.Linearizability;

/// <summary>A memory tier, what its callers know, and what came of each call. Its clock stands still, so versions are known
/// beforehand.</summary>
internal sealed class TierRun
{
    /// <summary>How many partitions: of the keys each has its own, as one step of the tier is one of a key.</summary>
    public const int Partitions = 8;

    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly MemoryTier _tier = new("test", new TierOptions { Partitions = Partitions }, new ManualTimeProvider());
    private readonly ConcurrentDictionary<int, string> _outcomes = new();

    // A holder is one flight: it asks, fills and releases one after the other. Two threads of a run may be one holder.
    private readonly Lock[] _holders = [new(), new(), new()];
    private readonly ConcurrentDictionary<(string Key, long Holder), long> _tokens = new();
    private readonly IReadOnlyList<PartitionLease> _leases;

    // One flusher at a time is the contract of a take; between a take and its settlements anything may come.
    private readonly Lock _flushing = new();
    private readonly Dictionary<string, List<TakenEntry>> _taken = new(StringComparer.Ordinal);

    public TierRun() => _leases = Done(_tier.AcquirePartitionsAsync("worker", [.. Enumerable.Range(0, Partitions)], _hour, default));

    /// <summary>The clock, at which versions begin.</summary>
    public long Now => _tier.Now;

    public void Do(TierOperation call) => _outcomes[call.Id] = Run(call);

    /// <summary>All that anybody can see: what came of the calls, and what is there.</summary>
    public string Observe(IEnumerable<string> keys)
    {
        var seen = new StringBuilder();
        foreach (var (id, outcome) in _outcomes.OrderBy(static pair => pair.Key))
        {
            seen.AppendLine($"{id}: {outcome}");
        }

        foreach (var key in keys)
        {
            seen.AppendLine($"{key}: {Text(Done(_tier.ReadAsync(key, 0, default)))}");
        }

        return seen.AppendLine($"dirty {_tier.Dirty.Entries}, dead {_tier.Dirty.DeadLetters}").ToString();
    }

    private string Run(TierOperation call) =>
        call.Kind switch
        {
            TierCall.Read => Text(Done(_tier.ReadAsync(call.Key, 0, default))),
            TierCall.Write => Write(call, WriteCondition.None),
            TierCall.Remove => Text(Done(_tier.WriteAsync(new TierWrite { Key = call.Key, Tombstone = true }, default))),
            TierCall.WriteIfAbsent => Write(call, WriteCondition.Absent),
            TierCall.WriteIfVersion => Write(call, WriteCondition.IsVersion(Now + (call.Number % 4))),
            TierCall.Add => Merged(call, Merge.Add(1 + call.Number)),
            TierCall.Max => Merged(call, Merge.Max(call.Number)),
            TierCall.Lease => Lease(call),
            TierCall.LeaseAnyway => LeaseAnyway(call),
            TierCall.Fill => Fill(call),
            TierCall.Release => Release(call),
            TierCall.Invalidate => Done(_tier.InvalidateAsync([call.Key], default)),
            TierCall.RemoveTag => Done(_tier.RemoveByTagAsync([call.SomeTag], default)),
            TierCall.Take => Take(call.Key),
            TierCall.Settle => Settle(call),
            TierCall.Replay => $"{Done(_tier.ReplayDeadLettersAsync([call.Key], default))}",
            _ => $"{Done(_tier.DropDeadLettersAsync([call.Key], default))}",
        };

    private string Write(TierOperation call, WriteCondition condition) =>
        Text(
            Done(
                _tier.WriteAsync(
                    new TierWrite
                    {
                        Key = call.Key,
                        Value = TierSteps.Bytes(call.Value),
                        Tags = call.Tag is { } tag ? [tag] : null,
                        Condition = condition,
                    },
                    default
                )
            )
        );

    private string Merged(TierOperation call, Merge merge) =>
        Text(
            Done(
                _tier.WriteAsync(
                    new TierWrite
                    {
                        Key = call.Key,
                        Merge = merge,
                        Tags = call.Tag is { } tag ? [tag] : null,
                    },
                    default
                )
            )
        );

    private string Lease(TierOperation call)
    {
        lock (_holders[call.Holder])
        {
            var read = Done(_tier.ReadAsync(call.Key, call.Holder, default));
            return $"{Text(read)} {Note(call, read.Lease)}";
        }
    }

    private string LeaseAnyway(TierOperation call)
    {
        lock (_holders[call.Holder])
        {
            return Note(call, Done(_tier.TryLeaseAsync(call.Key, call.Holder, default)));
        }
    }

    private string Note(TierOperation call, long token)
    {
        _tokens.AddOrUpdate((call.Key, call.Holder), token, (_, known) => Math.Max(known, token));
        return token == 0 ? "no lease" : "lease";
    }

    private string Fill(TierOperation call)
    {
        lock (_holders[call.Holder])
        {
            var fill = new FillRequest
            {
                Key = call.Key,
                Lease = _tokens.GetValueOrDefault((call.Key, call.Holder)),
                Value = TierSteps.Bytes(call.Value),
                Tags = call.Tag is { } tag ? [tag] : null,
                Version = call.Number % 5 == 0 ? FillRequest.IssueVersion : Now + (call.Number % 5),
                Tombstone = call.Number % 7 == 0,
                Ttl = _hour,
                LoadMicros = call.Id + 1,
            };
            var result = Done(_tier.FillAsync([fill], default))[0];
            // What went in and was removed at once is told as not kept: whether it went in is what has an order.
            var wentIn = result.Filled || result.Current?.LoadMicros == call.Id + 1;
            return $"{wentIn} {Text(result.Current)}";
        }
    }

    private string Release(TierOperation call)
    {
        lock (_holders[call.Holder])
        {
            Done(_tier.ReleaseLeaseAsync(call.Key, _tokens.GetValueOrDefault((call.Key, call.Holder)), default));
            return "released";
        }
    }

    private string Take(string key)
    {
        lock (_flushing)
        {
            var taken = Done(_tier.TakeAsync([_leases[Partition.Of(key, Partitions)]], 10, FrozenDictionary<string, long>.Empty, default));
            TakenOf(key).AddRange(taken);
            return string.Join(',', taken.Select(entry => Text(entry.Entry)));
        }
    }

    private string Settle(TierOperation call)
    {
        lock (_flushing)
        {
            var taken = TakenOf(call.Key);
            if (taken.Count == 0)
            {
                return "nothing";
            }

            var oldest = taken[0];
            if (call.Number % 2 == 0)
            {
                // Otherwise it is settled again: a worker whose answer was lost does that.
                taken.RemoveAt(0);
            }

            return $"{Done(_tier.SettleAsync([SettlementOf(call, oldest)], default))[0]}";
        }
    }

    private static Settlement SettlementOf(TierOperation call, TakenEntry taken) =>
        (call.Number % 4) switch
        {
            0 or 1 => taken.Stored(),
            2 => taken.Superseded("row", taken.Entry.Version + 2),
            _ => taken.DeadLettered(),
        };

    private List<TakenEntry> TakenOf(string key) => _taken.TryGetValue(key, out var taken) ? taken : _taken[key] = [];

    private string Text(in TierWriteResult result) => $"{result.Outcome} {Text(result.Version)} {result.Number} {result.Kept}";

    private string Text(in TierRead read) => $"{read.Outcome} {Text(read.Entry)}";

    private string Text(CacheEntry? entry) => entry is null ? "-" : $"{Text(entry.Version)}:{entry.Text()}:{entry.State}";

    private string Text(long version) => version == 0 ? "0" : $"+{version - Now}";

    private static T Done<T>(ValueTask<T> call) =>
        call.IsCompletedSuccessfully ? call.Result : throw new InvalidOperationException("The memory tier answers at once.");

    private static string Done(ValueTask call) =>
        call.IsCompletedSuccessfully ? "done" : throw new InvalidOperationException("The memory tier answers at once.");
}
