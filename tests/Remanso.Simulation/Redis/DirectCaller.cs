using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Protocol;

namespace Remanso.Simulation.Redis;

/// <summary>Asks without a network, at once: for who looks at a world from outside.</summary>
internal sealed class DirectCaller(RedisTierServer server) : RedisCaller
{
    protected override RedisNode Node => throw new NotSupportedException("It is none of the world.");

    protected override ValueTask<T> RunAsync<T>(RedisCommand command, ReplyParser<T> parser, CancellationToken cancellation) =>
        ValueTask.FromResult(server.Run(command, parser));
}
