using System.Net;

namespace Remanso.Redis.Resp.Connections;

// The search for masters (ServerSearch) knows the servers behind one name as one. What holds there between servers holds
// here between the addresses of a name:
//
// - Who is at the address of the master of until now is used, and so is that master at another of its addresses (its run
//   id tells), and who was a replica since: somebody has promoted that one.
// - Any other waits until the one of until now was away for as long as connecting may take.
// - But where the name has left that one, for an address that it did not stand for before, it has moved: that is a
//   fail-over by name, and counts at once.
// - Where none is known, or the wait is over, all addresses are heard. Of two masters nobody can tell which is the one.

/// <summary>Which of the servers behind one name is used as a master.</summary>
internal sealed class NamedMaster(RedisEndPoint endPoint, RedisOptions options, TimeProvider time, ServerAddresses addresses)
{
    private readonly Lock _gate = new();
    private readonly HashSet<IPAddress> _replicas = [];
    private IReadOnlyList<IPAddress> _beside = [];
    private IPAddress? _used;
    private string? _run;
    private long? _away;

    /// <summary>What the server at an address is now: the master that is used, or a replica.</summary>
    public void Note(IPAddress address, bool isMaster)
    {
        lock (_gate)
        {
            if (isMaster)
            {
                Use(address, address.Equals(_used) ? _run : null);
            }
            else
            {
                _replicas.Add(address);
                _used = address.Equals(_used) ? null : _used;
            }
        }
    }

    /// <summary>What those at all other addresses than this one say. Who does not answer is no longer known to be a replica: by
    /// the next time its address may be another server's.</summary>
    public void Hear(IPAddress? beside, IReadOnlyList<AddressFinding> others)
    {
        lock (_gate)
        {
            _replicas.RemoveWhere(replica => !replica.Equals(beside));
            _replicas.UnionWith(others.Where(static other => other.IsReplica).Select(static other => other.Address));
        }
    }

    /// <summary>Returns when the master that is connected to may be used.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="runAsync">Asks it for its run id.</param>
    /// <param name="hearAsync">Asks those at other addresses.</param>
    /// <exception cref="RedisConnectionException">It may not.</exception>
    public async Task AdmitAsync(
        IPAddress address,
        Func<ValueTask<string?>> runAsync,
        Func<IEnumerable<IPAddress>, Task<IReadOnlyList<AddressFinding>>> hearAsync
    )
    {
        var others = addresses.Known.Where(other => !other.Equals(address)).ToList();
        bool isSeen;
        IPAddress? awaited;
        string? former;
        lock (_gate)
        {
            isSeen = address.Equals(_used) || _replicas.Contains(address);
            awaited = _used is { } used && (others.Contains(used) || _beside.Contains(address)) ? used : null;
            former = _run;
        }
        var run = await runAsync().ConfigureAwait(false);
        if (!isSeen && (run is null || run != former))
        {
            Await(awaited, address);
            await RefuseSeveralAsync(address, run, others, hearAsync).ConfigureAwait(false);
        }
        lock (_gate)
        {
            Use(address, run);
        }
    }

    private void Await(IPAddress? former, IPAddress address)
    {
        if (former is null)
        {
            return;
        }
        lock (_gate)
        {
            _away ??= time.GetTimestamp();
            if (time.GetElapsedTime(_away.Value) >= options.Timings.ConnectTimeout)
            {
                return;
            }
        }
        // Where it is slower than others, it gets a chance without them.
        addresses.Insist(former);
        throw new RedisConnectionException(
            $"Redis at {endPoint}: {address} says that it is a master, but {former} was that until now, and is waited for",
            mayHaveRun: false
        );
    }

    private async Task RefuseSeveralAsync(
        IPAddress address,
        string? run,
        List<IPAddress> others,
        Func<IEnumerable<IPAddress>, Task<IReadOnlyList<AddressFinding>>> hearAsync
    )
    {
        var heard = run is null || others.Count == 0 ? [] : await hearAsync(others).ConfigureAwait(false);
        var rivals = heard.Where(other => other.Run is not null && other.Run != run).Select(static other => other.Address).ToList();
        if (rivals.Count > 0)
        {
            var masters = string.Join(" and ", addresses.Known.Where(known => known.Equals(address) || rivals.Contains(known)));
            throw new RedisConnectionException(
                $"Redis at {endPoint}: {masters} say that they are masters, and only one may be: make one the replica of the other "
                    + "(REPLICAOF)",
                mayHaveRun: false,
                reason: "Several Redis servers say that they are the master."
            );
        }
    }

    private void Use(IPAddress address, string? run)
    {
        (_used, _run, _away) = (address, run, null);
        _replicas.Remove(address);
        // Once the name has left it, what the name stands for then is no longer beside it.
        _beside = addresses.Known.Contains(address) ? addresses.Known : _beside;
    }
}
