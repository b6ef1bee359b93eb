namespace Remanso.Redis.Resp.Topology;

/// <summary>A master, its replicas (null where nobody tells), and (in a cluster) its ranges of slots, both ends included.</summary>
internal sealed record ShardInfo(RedisEndPoint Master, IReadOnlyList<RedisEndPoint>? Replicas, IReadOnlyList<(int First, int Last)> Slots);
