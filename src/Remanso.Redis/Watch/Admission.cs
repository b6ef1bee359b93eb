using Remanso.Redis.Tier;

namespace Remanso.Redis.Watch;

/// <summary>A partition that is to be admitted at a server. Each debt is one of its own: paying an earlier one does not
/// pay it.</summary>
/// <param name="server">The server.</param>
/// <param name="partition">The partition.</param>
/// <param name="force">Whether its clean copies are void whatever its reign is.</param>
internal sealed class Admission(RedisEndPoint server, PartitionKeys partition, bool force)
{
    public RedisEndPoint Server => server;

    public PartitionKeys Partition => partition;

    public bool Force => force;
}
