using Remanso.Entries;
using Remanso.Redis.Resp;

namespace Remanso.Redis.Scripts;

/// <summary>Reads the oldest kept versions of a key, as many as have so many bytes together.</summary>
internal static class KeptScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("kept");

    /// <param name="client">The client.</param>
    /// <param name="parser">Reads what XRANGE answers.</param>
    /// <param name="versions">The stream of them.</param>
    /// <param name="from">From which on.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="bytes">With all that is beside the values; one version comes in any case.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask<List<CacheEntry>> RunAsync(
        IRedisClient client,
        ReplyParser<List<CacheEntry>> parser,
        string versions,
        string from,
        int count,
        long bytes,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, parser, [versions], [from, count, bytes], cancellationToken);
}
