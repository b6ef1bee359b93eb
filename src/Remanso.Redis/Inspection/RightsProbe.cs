using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;

namespace Remanso.Redis.Inspection;

/// <summary>Finds out what a user may do by doing it, under names of its own: asking Redis (<c>ACL</c>) is an
/// administrator's right.</summary>
internal static class RightsProbe
{
    /// <summary>What is done to know only: without it the tier works.</summary>
    public static readonly IReadOnlyList<string> Questions = ["info", "role"];

    /// <summary>What there is another, slower way for.</summary>
    public static readonly IReadOnlyList<string> Shortcuts = ["mset"];

    private static readonly RedisScript _script = ScriptText.LoadAlone("rights");

    /// <returns>Commands, and what of keys and channels is denied.</returns>
    public static async Task<IReadOnlyList<string>> FindDeniedAsync(
        IRedisClient client,
        string prefix,
        string cache,
        CancellationToken cancellationToken
    )
    {
        // With the braces of a partition, so that a cluster keeps them together; the name can be no partition's.
        var tag = $"{prefix}:{{{cache}:doctor-{Guid.NewGuid():N}}}:";
        var denied = new List<string>();
        await TryAsync("info", () => client.ExecuteAsync(RedisRoute.Any, Skip, cancellationToken, "INFO")).ConfigureAwait(false);
        await TryAsync("role", () => client.ExecuteAsync(RedisRoute.Any, Skip, cancellationToken, "ROLE")).ConfigureAwait(false);
        await TryAsync("script|load", () =>
                client.ExecuteAsync(RedisRoute.Any, Replies.Done, cancellationToken, "SCRIPT", "LOAD", _script.Body)
            )
            .ConfigureAwait(false);
        await TryAsync("evalsha or eval", async () =>
            {
                var inScripts = await client
                    .EvalAsync(_script, Replies.Texts, [tag + "a", tag + "b", tag + "c", tag + "d"], [tag + "ch"], cancellationToken)
                    .ConfigureAwait(false);
                denied.AddRange(inScripts.OfType<string>());
                return true;
            })
            .ConfigureAwait(false);
        await TryAsync("ssubscribe", async () =>
            {
                var subscription = await client
                    .SubscribeAsync(RedisChannel.Sharded(tag + "ch"), new Deaf(), cancellationToken)
                    .ConfigureAwait(false);
                await subscription.DisposeAsync().ConfigureAwait(false);
                return true;
            })
            .ConfigureAwait(false);
        return denied;

        async ValueTask TryAsync(string command, Func<ValueTask<bool>> run)
        {
            try
            {
                await run().ConfigureAwait(false);
            }
            // NOPERM; a managed service has no such command for anybody.
            catch (RedisServerException exception) when (exception.Code == "NOPERM" || (command is "info" or "role" && exception.IsRefusal))
            {
                denied.Add(command);
            }
        }
    }

    private static bool Skip(ref RespReader reply)
    {
        reply.Skip();
        return true;
    }

    private sealed class Deaf : IRedisSubscriber
    {
        public void OnMessage(in RedisMessage message)
        {
            // Nobody publishes there but the probe.
        }

        public void OnLost(Exception reason)
        {
            // It is given up at once.
        }

        public void OnRestored()
        {
            // It is given up at once.
        }
    }
}
