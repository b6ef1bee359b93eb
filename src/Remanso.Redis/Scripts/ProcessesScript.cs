using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Asks which processes use a cache.</summary>
internal static class ProcessesScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("processes");

    private static readonly ReplyParser<RegisteredProcess[]> _parser = static (ref reply) =>
    {
        var processes = new RegisteredProcess[reply.ReadArrayHeader() / 3];
        for (var i = 0; i < processes.Length; i++)
        {
            processes[i] = new RegisteredProcess(reply.ReadString()!, reply.ReadString()!, TimeSpan.FromMilliseconds(reply.ReadInt64()));
        }

        return processes;
    };

    /// <returns>Those that are remembered, unsorted.</returns>
    public static ValueTask<RegisteredProcess[]> RunAsync(IRedisClient client, CacheKeys keys, CancellationToken cancellationToken) =>
        client.EvalAsync(_script, _parser, [keys.Processes], [], cancellationToken);
}
