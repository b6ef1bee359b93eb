using System.Collections.Concurrent;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Watch;

// That a server reigns anew, or that its clock went back, is seen once. So what follows from it is owed from then on,
// and paid only by an answer of the server's own script: a master that came back may answer nothing for seconds (a
// cluster that takes it for failed, a script that runs), and its copies must not pass for admitted meanwhile.

/// <summary>Which partitions are still to be admitted, and where.</summary>
internal sealed class OwedAdmissions
{
    private readonly ConcurrentDictionary<(RedisEndPoint Server, PartitionKeys Partition), Admission> _owed = new();

    /// <summary>Owes one from now on.</summary>
    public void Owe(RedisEndPoint server, PartitionKeys partition, bool force) =>
        _owed.AddOrUpdate(
            (server, partition),
            static (key, force) => new Admission(key.Server, key.Partition, force),
            static (key, before, force) => new Admission(key.Server, key.Partition, force || before.Force),
            force
        );

    /// <summary>What is owed at a server, in an order that is always the same.</summary>
    public IReadOnlyList<Admission> At(RedisEndPoint server) =>
        [
            .. _owed
                .Values.Where(admission => admission.Server == server)
                .OrderBy(static admission => admission.Partition.State, StringComparer.Ordinal),
        ];

    /// <summary>One was paid.</summary>
    public void Paid(Admission admission) => _owed.TryRemove(new((admission.Server, admission.Partition), admission));

    /// <summary>Forgets what is owed at other servers than these, but for what is void whatever their reign is.</summary>
    public void Keep(IReadOnlySet<RedisEndPoint> servers)
    {
        foreach (var admission in _owed.Values.Where(admission => !admission.Force && !servers.Contains(admission.Server)))
        {
            Paid(admission);
        }
    }

    /// <summary>Nothing is owed to a cache any more.</summary>
    public void Forget(CacheKeys keys)
    {
        foreach (var admission in _owed.Values.Where(admission => keys.Partitions.Contains(admission.Partition)))
        {
            Paid(admission);
        }
    }
}
