using Remanso.Redis.Watch;

namespace Remanso.Redis.Inspection;

/// <summary>What a master told of itself, for an operator.</summary>
/// <param name="Server">Its host and port.</param>
/// <param name="Settings">What matters of its settings.</param>
/// <param name="Look">What a running process looks at again all the time.</param>
/// <param name="MachineBytes">The memory of its machine; 0 where it does not tell.</param>
/// <param name="Replicas">How many replicas follow it; null where it does not tell.</param>
/// <param name="MinReplicas">Its <c>min-replicas-to-write</c>; null where it does not tell.</param>
internal sealed record ServerReport(
    string Server,
    RedisSettings Settings,
    ServerLook Look,
    long MachineBytes,
    int? Replicas,
    int? MinReplicas
);
