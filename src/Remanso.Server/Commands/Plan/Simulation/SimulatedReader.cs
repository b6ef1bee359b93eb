using Remanso.Entries;
using Remanso.Near;
using Remanso.ReadThrough;
using Remanso.Tiers;

namespace Remanso.Server.Commands.Plan.Simulation;

// The tier's answers, the jittered TTL and the choice of early refreshes are the product's. What is repeated here is
// the order of the steps, which there is spread over tasks that wait: look, join or lead the key's flight, take the
// fill lease, leave alone or wait for the bulkhead, fill, count. Tests hold the two together.

/// <summary>The reads of one process: what CacheReader, LeasedLoad and LoadBatcher do, in simulated time and on the
/// product's own tier.</summary>
internal sealed class SimulatedReader(SimulatedWorld world, int process, Dictionary<int, SimulatedLoad> leaders)
{
    private readonly Dictionary<int, SimulatedLoad> _flights = [];
    private readonly Queue<SimulatedLoad> _waiting = new();
    private readonly RefreshWindow _window = new(world.Tier, world.Options.Load, world.Random);
    private readonly SimulatedNear? _near = SimulatedNear.Of(world);
    private readonly long _holder = process + 1;
    private int _running;

    private static CancellationToken None => CancellationToken.None;

    private RunCounts Counts => world.Counts;

    private long Now => world.Time.Micros;

    /// <summary>Reads a key.</summary>
    public void Read(in TracedCall call)
    {
        var key = world.Trace.Keys[call.Key];
        if (_near?.Find(key) is { } copy)
        {
            Counts.NearReads += copy.IsTombstone ? 0 : 1;
            Counts.AbsentReads += copy.IsTombstone ? 1 : 0;
            RefreshIfDue(call, key, copy);
            return;
        }

        var ticket = _near?.Begin(key);
        if (!world.Tier.TryRead(key, out var entry))
        {
            var read = Done(world.Tier.ReadAsync(key, holder: 0, None));
            if (read.Outcome != TierReadOutcome.Hit)
            {
                Miss(call, key, isStale: read is { Outcome: TierReadOutcome.Stale, Entry.IsTombstone: false }, ticket);
                return;
            }

            entry = read.Entry!;
        }

        Count(entry, fromStore: false, readers: 1);
        RefreshIfDue(call, key, entry);
        Hold(ticket, key, entry, isFilled: false);
    }

    private void Hold(in NearTicket<string, ReadOnlyMemory<byte>>? ticket, string key, CacheEntry? entry, bool isFilled)
    {
        if (ticket is { } began && entry is not null)
        {
            _near!.Offer(began, key, entry, isFilled);
        }
    }

    private void Miss(in TracedCall call, string key, bool isStale, in NearTicket<string, ReadOnlyMemory<byte>>? ticket)
    {
        long? leaveAt = isStale ? Now + world.Options.Load.SoftTimeout.Ticks / TimeSpan.TicksPerMicrosecond : null;
        if (_flights.TryGetValue(call.Key, out var flight))
        {
            if (isStale && flight.IsLate(Now))
            {
                Counts.StaleReads++;
                return;
            }

            Counts.Joined++;
            flight.Join(leaveAt);
            return;
        }

        flight = new SimulatedLoad(call, Now) { Ticket = ticket };
        flight.Join(leaveAt);
        _flights.Add(call.Key, flight);
        Lead(flight, key);
    }

    private void RefreshIfDue(in TracedCall call, string key, CacheEntry entry)
    {
        if (!_window.ShouldRefresh(entry) || _flights.ContainsKey(call.Key))
        {
            return;
        }

        var lease = Done(world.Tier.TryLeaseAsync(key, _holder, None));
        if (lease != 0)
        {
            Counts.EarlyRefreshes++;
            var flight = new SimulatedLoad(call, Now) { Lease = lease, Ticket = _near?.Begin(key) };
            _flights.Add(call.Key, flight);
            leaders[call.Key] = flight;
            Enqueue(flight);
        }
    }

    /// <summary>Takes the fill lease and loads, unless the tier has the key by now or another process loads it.</summary>
    private void Lead(SimulatedLoad flight, string key)
    {
        var read = Done(world.Tier.ReadAsync(key, _holder, None));
        if (read.Outcome == TierReadOutcome.Hit)
        {
            Land(flight, key, read.Entry, fromStore: false, isFilled: false);
        }
        else if (read.Lease != 0)
        {
            flight.Lease = read.Lease;
            flight.Began = Now;
            leaders[flight.Call.Key] = flight;
            Enqueue(flight);
        }
        else
        {
            (leaders[flight.Call.Key].Followers ??= []).Add(() => Lead(flight, key));
        }
    }

    private void Enqueue(SimulatedLoad flight)
    {
        _waiting.Enqueue(flight);
        Pump();
    }

    private void Pump()
    {
        while (_running < world.Options.Load.MaxConcurrent && _waiting.Count > 0)
        {
            var batch = new SimulatedLoad[Math.Min(_waiting.Count, world.Options.Load.MaxBatch)];
            var cost = 0L;
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i] = _waiting.Dequeue();
                cost = Math.Max(cost, world.Store.QueryMicros(batch[i].Call));
            }

            _running++;
            Counts.Queries++;
            Counts.LoadedKeys += batch.Length;
            Counts.QueryMicros += cost;
            world.Agenda.Add(Now + cost, () => Finish(batch));
        }
    }

    private void Finish(SimulatedLoad[] batch)
    {
        _running--;
        foreach (var flight in batch)
        {
            Fill(flight);
        }

        Pump();
    }

    private void Fill(SimulatedLoad flight)
    {
        var (index, options) = (flight.Call.Key, world.Options);
        var key = world.Trace.Keys[index];
        var bytes = world.Store.BytesOf(flight.Call);
        var absent = bytes < 0;
        var micros = Now - flight.Began;
        Counts.LongestLoadMicros = Math.Max(Counts.LongestLoadMicros, micros);
        _window.Saw(micros);
        var filled = Done(
            world.Tier.FillAsync(
                [
                    new FillRequest
                    {
                        Key = key,
                        Lease = flight.Lease,
                        Value = absent ? default : world.Trace.Value(bytes),
                        Version = world.Store.VersionOf(index),
                        Tombstone = absent,
                        Ttl = TtlJitter.Apply(
                            absent ? options.Ttl.Absent : options.Ttl.Base,
                            options.Ttl.Jitter,
                            world.Random.NextDouble()
                        ),
                        Grace = absent ? TimeSpan.Zero : options.Ttl.Grace,
                        LoadMicros = micros,
                    },
                ],
                None
            )
        )[0];
        leaders.Remove(index);
        if (filled.Current is { } current)
        {
            Land(flight, key, current, fromStore: true, filled.Filled);
        }
        else
        {
            // Written, stored and evicted meanwhile: what was loaded is old.
            Lead(flight, key);
        }

        foreach (var follower in flight.Followers ?? [])
        {
            follower();
        }

        flight.Followers = null;
    }

    private void Land(SimulatedLoad flight, string key, CacheEntry? entry, bool fromStore, bool isFilled)
    {
        if (!fromStore || isFilled)
        {
            Hold(flight.Ticket, key, entry, isFilled);
        }

        _flights.Remove(flight.Call.Key);
        var late = flight.LeaveAt.Count(time => time < Now);
        Counts.StaleReads += late;
        Count(entry, fromStore, flight.Waiting + flight.LeaveAt.Count - late);
    }

    private void Count(CacheEntry? entry, bool fromStore, int readers)
    {
        if (entry is null or { IsTombstone: true })
        {
            Counts.AbsentReads += readers;
        }
        else if (fromStore)
        {
            Counts.StoreReads += readers;
        }
        else
        {
            Counts.TierReads += readers;
        }
    }

    /// <summary>What a memory tier answers, it answers at once.</summary>
    internal static T Done<T>(ValueTask<T> answer) =>
        answer.IsCompletedSuccessfully ? answer.Result : throw new InvalidOperationException("A memory tier that waits.");
}
