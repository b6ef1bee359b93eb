using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Notes that a worker is alive.</summary>
internal static class HeartbeatScript
{
    private static readonly RedisScript _script = ScriptText.Load("heartbeat");

    private static readonly ReplyParser<LivingWorker[]> _parser = static (ref reply) =>
    {
        var workers = new LivingWorker[reply.ReadArrayHeader() / 3];
        for (var i = 0; i < workers.Length; i++)
        {
            var name = reply.ReadString()!;
            var silent = reply.ReadInt64();
            var isOnTrial = reply.ReadInt64() > 0;
            workers[i] = new LivingWorker(
                name,
                silent < 0 ? WorkerStanding.Untold
                    : isOnTrial ? WorkerStanding.OnTrial
                    : WorkerStanding.Settled,
                TimeSpan.FromMilliseconds(silent) > LivingWorker.LongestSilence
            );
        }

        return workers;
    };

    /// <returns>The workers alive, unsorted.</returns>
    public static ValueTask<LivingWorker[]> RunAsync(
        IRedisClient client,
        CacheKeys keys,
        string worker,
        TimeSpan duration,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            _parser,
            [keys.Workers, keys.Beats, keys.Trials],
            duration > TimeSpan.Zero
                ? [worker, Micros.Milliseconds(duration), Micros.Milliseconds(LivingWorker.TrialOf(duration))]
                : [worker, 0, 0],
            cancellationToken
        );
}
