using Remanso.Redis.Resp;

namespace Remanso.Redis.Scripts;

/// <summary>Notes that caches are in use, and tells which are known.</summary>
internal static class ListCachesScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("list-caches");

    private static readonly ReplyParser<(string Cache, string Noted)[]> _parser = static (ref reply) =>
    {
        var known = new (string, string)[reply.ReadArrayHeader() / 2];
        for (var i = 0; i < known.Length; i++)
        {
            known[i] = (reply.ReadString()!, reply.ReadString()!);
        }

        return known;
    };

    /// <param name="client">The client.</param>
    /// <param name="list">The key of the list.</param>
    /// <param name="most">How many are told at most.</param>
    /// <param name="inUse">The names of those in use.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Names, and when each was noted last; the longest ago first.</returns>
    public static ValueTask<(string Cache, string Noted)[]> RunAsync(
        IRedisClient client,
        string list,
        int most,
        IReadOnlyCollection<string> inUse,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, _parser, [list], [most, .. inUse.Select(static name => (RespArg)name)], cancellationToken);
}
